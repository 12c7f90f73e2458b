# What the scripts read from config/, Terraform reads there too: names and thresholds stand in one place.
locals {
  defaults = yamldecode(file("${path.module}/../../config/default.yaml"))
  differs  = yamldecode(file("${path.module}/../../config/${var.environment}.yaml"))

  deployment = merge(local.defaults.deployment, lookup(local.differs, "deployment", {}))
  thresholds = merge(local.defaults.alert_thresholds, lookup(local.differs, "alert_thresholds", {}))
  vertex     = merge(local.defaults.gemini, lookup(local.differs, "gemini", {})).platform == "vertex"

  name = local.deployment.service

  apis = toset(concat(
    [
      "artifactregistry.googleapis.com",
      "cloudresourcemanager.googleapis.com",
      "iam.googleapis.com",
      "iamcredentials.googleapis.com",
      "logging.googleapis.com",
      "monitoring.googleapis.com",
      "run.googleapis.com",
      "secretmanager.googleapis.com",
      "storage.googleapis.com",
      "sts.googleapis.com",
    ],
    local.vertex ? ["aiplatform.googleapis.com"] : [],
    var.redis ? ["compute.googleapis.com", "redis.googleapis.com"] : [],
    var.billing_account == null ? [] : ["billingbudgets.googleapis.com"],
  ))
}

data "google_project" "this" {
  project_id = var.project
}

resource "google_project_service" "this" {
  for_each = local.apis

  service            = each.key
  disable_on_destroy = false
}
