# Three identities: the program, who deploys it, and who backs it up. None has a key.

resource "google_service_account" "runtime" {
  account_id   = local.name
  display_name = "Askdocs: the running program and its jobs"
}

resource "google_service_account" "deployer" {
  account_id   = "${local.name}-deploy"
  display_name = "Askdocs: deploys, promotions and index runs from GitHub Actions"
}

resource "google_service_account" "backup" {
  account_id   = "${local.name}-backup"
  display_name = "Askdocs: nightly backups and restore drills from GitHub Actions"
}

# The program calls Gemini on Vertex AI, if it does, and reads its secrets (secrets.tf).
resource "google_project_iam_member" "runtime_asks_gemini" {
  count = local.vertex ? 1 : 0

  project = var.project
  role    = "roles/aiplatform.user"
  member  = google_service_account.runtime.member
}

# A deploy makes revisions and jobs, moves traffic, and looks up which secrets there are; their values are another matter
# (secrets.tf).
resource "google_project_iam_member" "deployer" {
  for_each = toset(concat(
    [
      "roles/run.developer",
      "roles/logging.viewer",
      "roles/secretmanager.viewer",
      "roles/serviceusage.serviceUsageViewer",
    ],
    local.vertex ? ["roles/aiplatform.user"] : [],
  ))

  project = var.project
  role    = each.key
  member  = google_service_account.deployer.member
}

# A backup looks up which secrets there are, too.
resource "google_project_iam_member" "backup_lists_secrets" {
  project = var.project
  role    = "roles/secretmanager.viewer"
  member  = google_service_account.backup.member
}

# A deploy gives the program's identity to what it deploys, and to nothing else: no role on the whole project does that.
resource "google_service_account_iam_member" "deployer_gives_runtime" {
  service_account_id = google_service_account.runtime.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deployer.member
}
