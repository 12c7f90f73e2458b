# Cloud Monitoring's own eyes, from outside and from Cloud Run's metrics: they see also what keeps the program from
# counting. The thresholds are those of config/, which the Prometheus rules have too.

locals {
  alerting = var.alert_email != null
  of_ours  = "monitored_resource=\"cloud_run_revision\",service_name=\"${local.name}\""
  requests = "run_googleapis_com:request_count"

  policies = {
    "Too many errors" = {
      query = join(" / ", [
        "sum(rate(${local.requests}{${local.of_ours},response_code_class=\"5xx\"}[5m]))",
        "sum(rate(${local.requests}{${local.of_ours}}[5m])) > ${local.thresholds.error_rate}",
      ])
      runbook = "error-rate"
    }
    "Answers take too long" = {
      # Cloud Run counts milliseconds, and a streamed answer to its end.
      query = join("", [
        "histogram_quantile(0.95, sum by (le) (",
        "rate(run_googleapis_com:request_latencies_bucket{${local.of_ours}}[5m])",
        ")) > ${local.thresholds.latency_p95 * 1000}",
      ])
      runbook = "latency"
    }
    "Memory is nearly used up" = {
      query = join("", [
        "histogram_quantile(0.99, sum by (le) (",
        "rate(run_googleapis_com:container_memory_utilizations_bucket{${local.of_ours}}[5m])",
        ")) > 0.9",
      ])
      runbook = "memory"
    }
    "All instances are in use" = {
      query = join("", [
        "sum(run_googleapis_com:container_instance_count{${local.of_ours},state=\"active\"})",
        " >= ${local.deployment.max_instances}",
      ])
      runbook = "scale"
    }
    # A schedule that stopped fails nowhere: nobody wrote to the bucket.
    "The newest backup is too old" = {
      query = join("", [
        "(sum(increase(storage_googleapis_com:api_request_count{monitored_resource=\"gcs_bucket\",",
        "bucket_name=\"${local.backup_bucket}\",method=\"WriteObject\"}[${local.thresholds.backup_age}s]))",
        " or vector(0)) < 1",
      ])
      runbook = "backup-age"
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  count = local.alerting ? 1 : 0

  display_name = "Askdocs ${var.environment}"
  type         = "email"
  labels       = { email_address = var.alert_email }

  depends_on = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "measured" {
  for_each = local.alerting ? local.policies : {}

  display_name          = "${local.name} ${var.environment}: ${each.key}"
  combiner              = "OR"
  notification_channels = google_monitoring_notification_channel.email[*].id

  conditions {
    display_name = each.key
    condition_prometheus_query_language {
      query               = each.value.query
      duration            = "300s"
      evaluation_interval = "60s"
    }
  }

  documentation {
    content   = "Runbook: operate/runbook/${each.value.runbook}"
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_uptime_check_config" "ready" {
  count = local.alerting ? 1 : 0

  display_name = "${local.name} ${var.environment} is ready"
  period       = "60s"
  timeout      = "10s"

  http_check {
    path         = "/health/ready"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project
      host       = trimprefix(google_cloud_run_v2_service.this.uri, "https://")
    }
  }
}

resource "google_monitoring_alert_policy" "unreachable" {
  count = local.alerting ? 1 : 0

  display_name          = "${local.name} ${var.environment}: unreachable"
  combiner              = "OR"
  notification_channels = google_monitoring_notification_channel.email[*].id

  conditions {
    display_name = "Not ready, seen from several regions"
    condition_threshold {
      filter = join(" AND ", [
        "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\"",
        "resource.type=\"uptime_url\"",
        "metric.label.check_id=\"${google_monitoring_uptime_check_config.ready[0].uptime_check_id}\"",
      ])
      duration        = "120s"
      comparison      = "COMPARISON_GT"
      threshold_value = 1

      aggregations {
        alignment_period     = "120s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
      trigger {
        count = 1
      }
    }
  }

  documentation {
    content   = "Runbook: operate/runbook/service-unavailable"
    mime_type = "text/markdown"
  }
}
