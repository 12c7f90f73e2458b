# What the scripts read of the settings, Terraform reads too: names and thresholds stand in one place.
locals {
  # From weakest to strongest; files of config/ may be missing or say nothing.
  layers = [for file in [
    "backend/askdocs/config/defaults/default.yaml",
    "backend/askdocs/config/defaults/${var.environment}.yaml",
    "config/default.yaml",
    "config/${var.environment}.yaml",
  ] : try(merge({}, yamldecode(file("${path.module}/../../${file}"))), {})]

  deployment = merge([for layer in local.layers : lookup(layer, "deployment", {})]...)
  thresholds = merge([for layer in local.layers : lookup(layer, "alert_thresholds", {})]...)
  vertex     = merge([for layer in local.layers : lookup(layer, "gemini", {})]...).platform == "vertex"

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
