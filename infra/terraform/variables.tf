variable "project" {
  description = "The project of this environment. Each environment has one of its own, so that none can reach another's."
  type        = string
}

variable "environment" {
  description = "staging or production: whose file of config/ applies."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "The environment is staging or production."
  }
}

variable "github_repository" {
  description = "The repository whose workflows deploy, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "The repository is written as owner/name."
  }
}

variable "github_repository_id" {
  description = "Its number: `gh api repos/OWNER/NAME --jq .id`. Unlike the name nobody else can take it over."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.github_repository_id))
    error_message = "The repository's id is a number."
  }
}

variable "deploy_branches" {
  description = "Branches whose workflows may deploy here."
  type        = list(string)
  default     = ["main"]
}

variable "optional_secrets" {
  description = "Secrets beyond the required ones. Only those that get a value: a deploy mounts every secret that exists."
  type        = set(string)
  default     = ["qdrant-api-key"]

  validation {
    condition     = length(setsubtract(var.optional_secrets, ["qdrant-api-key", "redis-url", "admin-token", "sentry-dsn", "openid-client-secret", "backup-database-url"])) == 0
    error_message = "Optional secrets are qdrant-api-key, redis-url, admin-token, sentry-dsn, openid-client-secret and backup-database-url."
  }
}

variable "promoted_to" {
  description = "Who takes releases from here: the output promoted_to of the environment after this one. null: nobody does."
  type        = object({ deployer = string, agent = string })
  default     = null
}

variable "public" {
  description = "Whether readers may ask without a Google identity; off behind a load balancer that authenticates."
  type        = bool
  default     = true
}

variable "backup_location" {
  description = "Where backups lie: not in the region that they are to survive. A multi-region or another region."
  type        = string
  default     = "US"
}

variable "redis" {
  description = "Make a Memorystore instance and a network through which Cloud Run reaches it."
  type        = bool
  default     = false
}

variable "alert_email" {
  description = "Who is told when an alert fires; none: no alert policies."
  type        = string
  default     = null
}

variable "billing_account" {
  description = "The billing account, for a budget; none: no budget."
  type        = string
  default     = null
}

variable "monthly_budget" {
  description = "What a month may cost before somebody is told, in the billing account's currency. It stops nothing."
  type        = number
  default     = 100
}
