# The secrets, without values: `gcloud secrets versions add` brings these, so that Terraform's state never holds one.

locals {
  secrets = setunion(
    ["secret-key", "database-url", "qdrant-url", "metrics-token"],
    local.vertex ? [] : ["gemini-api-key"],
    var.optional_secrets,
  )
}

resource "google_secret_manager_secret" "this" {
  for_each = local.secrets

  secret_id           = "${local.name}-${each.key}"
  deletion_protection = true
  # A version that was destroyed by mistake can be brought back for a week.
  version_destroy_ttl = "604800s"

  replication {
    auto {}
  }

  depends_on = [google_project_service.this]
}

resource "google_secret_manager_secret_iam_member" "runtime" {
  for_each = google_secret_manager_secret.this

  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.runtime.member
}

# A deploy backs up first, indexes the docs afterwards, and reads the metrics; a restore drill asks a question. Both run the
# program itself, and so need what it has.
resource "google_secret_manager_secret_iam_member" "workflows" {
  for_each = {
    for pair in setproduct(local.secrets, ["deployer", "backup"]) : join("/", pair) => {
      secret = google_secret_manager_secret.this[pair[0]].id
      member = pair[1] == "deployer" ? google_service_account.deployer.member : google_service_account.backup.member
    }
  }

  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.member
}
