# Memorystore for rate limits and cached answers, reached through Cloud Run's direct connection to a network of its own.

resource "google_compute_network" "run" {
  # checkov:skip=CKV2_GCP_18:a network of its own without rules lets nothing in, and nothing on it is to be let in
  count = var.redis ? 1 : 0

  name                    = local.name
  auto_create_subnetworks = false

  depends_on = [google_project_service.this]
}

resource "google_compute_subnetwork" "run" {
  count = var.redis ? 1 : 0

  name                     = local.name
  network                  = google_compute_network.run[0].id
  region                   = local.deployment.region
  ip_cidr_range            = "10.64.0.0/24" # an instance takes up to two addresses while revisions change
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_redis_instance" "cache" {
  count = var.redis ? 1 : 0

  name               = local.name
  region             = local.deployment.region
  tier               = "BASIC" # what is lost with it is counted anew, or asked again
  memory_size_gb     = 1
  redis_version      = "REDIS_7_2"
  authorized_network = google_compute_network.run[0].id
  redis_configs      = { maxmemory-policy = "allkeys-lru" }

  # No AUTH: its string would stand in Terraform's state. Nothing else is on the network, and what lies in Redis is counts
  # of requests and answers from public docs.
  auth_enabled            = false
  transit_encryption_mode = "DISABLED"

  depends_on = [google_project_service.this]
}
