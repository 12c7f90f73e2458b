# The service and the job exist from the start, with Google's placeholder for an image. From then on deploy.sh owns what
# runs in them and who gets traffic: revisions, images, settings, scaling, the job's command. Terraform owns that they are
# there, who may call them, and the network they were given. See the decision page "Who owns what".

locals {
  placeholder = "us-docker.pkg.dev/cloudrun/container/hello"
}

resource "google_cloud_run_v2_service" "this" {
  name                = local.name
  location            = local.deployment.region
  ingress             = "INGRESS_TRAFFIC_ALL"
  deletion_protection = true

  template {
    service_account = google_service_account.runtime.email

    containers {
      image = local.placeholder
    }

    dynamic "vpc_access" {
      for_each = google_compute_subnetwork.run
      content {
        # The internet is reached directly, without a NAT: only addresses of the network go through it.
        egress = "PRIVATE_RANGES_ONLY"
        network_interfaces {
          network    = google_compute_network.run[0].id
          subnetwork = vpc_access.value.id
        }
      }
    }
  }

  lifecycle {
    ignore_changes = [template, traffic, scaling, annotations, labels, client, client_version]
  }

  depends_on = [google_project_service.this]
}

resource "google_cloud_run_v2_service_iam_member" "readers" {
  count = var.public ? 1 : 0

  name     = google_cloud_run_v2_service.this.name
  location = google_cloud_run_v2_service.this.location
  role     = "roles/run.invoker"
  member   = "allUsers"
}

# Which release serves here stands in the service's annotations.
resource "google_cloud_run_v2_service_iam_member" "promoted_to" {
  count = var.promoted_to == null ? 0 : 1

  name     = google_cloud_run_v2_service.this.name
  location = google_cloud_run_v2_service.this.location
  role     = "roles/run.viewer"
  member   = var.promoted_to.deployer
}

resource "google_cloud_run_v2_job" "admin" {
  name                = "${local.name}-admin"
  location            = local.deployment.region
  deletion_protection = true

  template {
    template {
      service_account = google_service_account.runtime.email
      # `db upgrade` is one transaction; a second try is somebody's decision.
      max_retries = 0

      containers {
        image = local.placeholder
      }
    }
  }

  lifecycle {
    ignore_changes = [template, annotations, labels, client, client_version]
  }

  depends_on = [google_project_service.this]
}
