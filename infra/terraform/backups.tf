locals {
  backup_bucket = "${var.project}-${local.name}-backups"
}

resource "google_storage_bucket" "backups" {
  # checkov:skip=CKV_GCP_62:who reads a backup stands in Cloud Audit Logs, which are searchable; usage logs would be one more bucket
  name     = local.backup_bucket
  location = var.backup_location

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  # backup.sh deletes by age (backups.keep_days and the others). What it deletes or overwrites by mistake, or somebody who
  # has its identity on purpose, can be brought back: as an older version for 30 days, and for 14 more after that.
  versioning {
    enabled = true
  }
  soft_delete_policy {
    retention_duration_seconds = 14 * 24 * 3600
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 30
      with_state                 = "ARCHIVED"
    }
  }
  # What an upload that broke off left behind.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  depends_on = [google_project_service.this]
}

# A backup also deletes what is too old, that of a deploy as well as the nightly one.
resource "google_storage_bucket_iam_member" "backups" {
  for_each = {
    deployer = google_service_account.deployer.member
    backup   = google_service_account.backup.member
  }

  bucket = google_storage_bucket.backups.name
  role   = "roles/storage.objectUser"
  member = each.value
}
