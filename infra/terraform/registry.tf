resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84:images hold no secrets and no data; Google's own key encrypts them
  repository_id = local.deployment.repository
  location      = local.deployment.region
  format        = "DOCKER"
  description   = "Images of Askdocs, referred to by digest"

  docker_config {
    # A tag that was pushed means the same image for ever. Releases name digests all the same.
    immutable_tags = true
  }

  # What a rollback may want stays: more than the twenty releases that are recorded.
  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 40
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "7776000s" # 90 days
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_artifact_registry_repository_iam_member" "deployer_pushes" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.deployer.member
}

# The image that serves here is the one that is promoted: the next environment's deployer looks it up, and its Cloud Run
# pulls it.
resource "google_artifact_registry_repository_iam_member" "promoted_to" {
  for_each = var.promoted_to == null ? {} : var.promoted_to

  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.reader"
  member     = each.value
}
