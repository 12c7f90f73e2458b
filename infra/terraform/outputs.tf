output "url" {
  description = "Where the service answers."
  value       = google_cloud_run_v2_service.this.uri
}

output "images" {
  description = "Where images go, without a tag."
  value       = google_artifact_registry_repository.images.registry_uri
}

output "github_variables" {
  description = "Variables of the GitHub environments (the backup's has its own). None is a secret."
  value = {
    API_URL                = google_cloud_run_v2_service.this.uri
    BACKUP_BUCKET          = google_storage_bucket.backups.url
    BACKUP_SERVICE_ACCOUNT = google_service_account.backup.email
    DEPLOY_SERVICE_ACCOUNT = google_service_account.deployer.email
    GCP_PROJECT            = var.project
    GCP_REGION             = local.deployment.region
    WIF_PROVIDER           = google_iam_workload_identity_pool_provider.github.name
  }
}

output "service_account" {
  description = "For deployment.service_account in config/: what instances and jobs run as."
  value       = google_service_account.runtime.email
}

output "promoted_to" {
  description = "Who takes releases from the environment before this one: the value of its variable promoted_to."
  value = {
    deployer = google_service_account.deployer.member
    agent    = "serviceAccount:service-${data.google_project.this.number}@serverless-robot-prod.iam.gserviceaccount.com"
  }
}

output "secrets_to_fill" {
  description = "Each needs a first version: printf %s VALUE | gcloud secrets versions add NAME --data-file=-"
  value       = sort([for secret in google_secret_manager_secret.this : secret.secret_id])
}

output "redis_url" {
  description = "The value of the secret redis-url."
  value       = one([for cache in google_redis_instance.cache : "redis://${cache.host}:${cache.port}"])
}
