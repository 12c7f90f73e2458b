terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }

  # terraform init -backend-config=bucket=YOUR-STATE-BUCKET -backend-config=prefix=askdocs/production
  backend "gcs" {}
}

provider "google" {
  project = var.project
  region  = local.deployment.region

  # Budgets are asked for in the name of a project.
  billing_project       = var.project
  user_project_override = true

  default_labels = {
    app         = local.deployment.service
    environment = var.environment
  }
}
