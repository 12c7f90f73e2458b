# GitHub's workflows prove who they are by a token that GitHub signs. It is taken from this repository and these branches
# alone: a pull request's has the reference refs/pull/N/merge, and one from a fork the fork's repository.

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
  display_name              = "GitHub Actions"

  depends_on = [google_project_service.this]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  # checkov:skip=CKV_GCP_125:sub changes its form with the job's GitHub environment; repository, its id and the branch do not
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"

  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
    "attribute.ref"        = "assertion.ref"
    # OWNER/NAME/.github/workflows/FILE@refs/heads/BRANCH
    "attribute.workflow_ref" = "assertion.workflow_ref"
  }
  attribute_condition = join(" && ", [
    "assertion.repository == '${var.github_repository}'",
    "assertion.repository_id == '${var.github_repository_id}'",
    "assertion.ref_type == 'branch'",
    "assertion.ref in [${join(", ", [for branch in var.deploy_branches : "'refs/heads/${branch}'"])}]",
    # What GitHub asks before a job may be in an environment, such as an approval, is asked before it gets an identity.
    "assertion.environment == (assertion.workflow_ref.startsWith('${var.github_repository}/.github/workflows/backup.yml@') ? 'backup' : '${var.environment}')",
  ])

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

locals {
  # Each identity may be taken by one workflow: a backup cannot deploy.
  workflows = {
    deployer = { account = google_service_account.deployer.name, file = "deploy.yml" }
    backup   = { account = google_service_account.backup.name, file = "backup.yml" }
  }
}

resource "google_service_account_iam_member" "workflow" {
  for_each = {
    for pair in setproduct(keys(local.workflows), var.deploy_branches) : join("/", pair) => {
      account  = local.workflows[pair[0]].account
      workflow = "${local.workflows[pair[0]].file}@refs/heads/${pair[1]}"
    }
  }

  service_account_id = each.value.account
  role               = "roles/iam.workloadIdentityUser"
  member = join("/", [
    "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}",
    "attribute.workflow_ref/${var.github_repository}/.github/workflows/${each.value.workflow}",
  ])
}
