{{/* The name of everything in this release; a CronJob's may have 52 characters, with a suffix. */}}
{{- define "askdocs.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-askdocs" .Release.Name) (contains "askdocs" .Release.Name) -}}
{{- $name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "askdocs.selector" -}}
app.kubernetes.io/name: askdocs
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "askdocs.labels" -}}
{{ include "askdocs.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "askdocs.image" -}}
{{- $repository := required "image.repository: push the image to a registry of yours and name it here" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "askdocs.secret" -}}
{{- required "existingSecret: name the Secret that holds secret-key, database-url and the others" .Values.existingSecret -}}
{{- end }}

{{/* The variable of a dotted key of the settings; those with operators' names are listed, as config/layers.py does. */}}
{{- define "askdocs.variable" -}}
{{- $named := dict "debug" "DEBUG" "gemini_base_url" "GEMINI_BASE_URL" "qdrant_url" "QDRANT_URL" "backups.to" "BACKUP_BUCKET" "accounts.access_token_expire_minutes" "ACCESS_TOKEN_EXPIRE_MINUTES" -}}
{{- get $named . | default (printf "ASKDOCS_%s" (. | upper | replace "." "__")) -}}
{{- end }}

{{/* The tree of settings as `VARIABLE: "value"` lines. Takes (dict "tree" … "prefix" ""). */}}
{{- define "askdocs.flattened" -}}
{{- $secret := dict "secret_key" "secret-key" "database_url" "database-url" "qdrant_api_key" "qdrant-api-key" "gemini_api_key" "gemini-api-key" "redis_url" "redis-url" "metrics_token" "metrics-token" "admin_token" "admin-token" "backups.database_url" "backup-database-url" "error_tracking.dsn" "sentry-dsn" "openid.client_secret" "openid-client-secret" -}}
{{- $chart := dict "environment" "environment" "home" "nothing: it is a volume of the pod" "image" "image" "server.port" "service.port" "server.proxy_hops" "proxyHops" "server.shutdown_grace" "stop.graceSeconds" -}}
{{- range $name, $value := .tree -}}
{{- $key := printf "%s%s" $.prefix $name -}}
{{- if eq $key "api_key" -}}
{{- fail "config.api_key is a secret of whoever publishes: no pod needs it" -}}
{{- end -}}
{{- if hasKey $secret $key -}}
{{- fail (printf "config.%s is a secret: put it into existingSecret as %s and list it in secretKeys" $key (get $secret $key)) -}}
{{- else if hasKey $chart $key -}}
{{- fail (printf "config.%s is set by %s" $key (get $chart $key)) -}}
{{- else if kindIs "map" $value -}}
{{- include "askdocs.flattened" (dict "tree" $value "prefix" (printf "%s." $key)) -}}
{{- else if not (kindIs "invalid" $value) }}
{{ include "askdocs.variable" $key }}: {{ ternary $value (toJson $value) (kindIs "string" $value) | quote }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* What differs from the image's file of the environment. */}}
{{- define "askdocs.settings" -}}
ASKDOCS_SERVER__PROXY_HOPS: {{ .Values.proxyHops | quote }}
ASKDOCS_SERVER__SHUTDOWN_GRACE: {{ .Values.stop.graceSeconds | quote }}
{{- include "askdocs.flattened" (dict "tree" .Values.config "prefix" "") }}
{{- end }}

{{/* What every container of the image needs to know, whichever command it runs. */}}
{{- define "askdocs.env" -}}
- name: ASKDOCS_ENV
  value: {{ .Values.environment }}
# Below the volume, which belongs to root: the program makes this folder for itself alone.
- name: ASKDOCS_HOME
  value: /var/lib/askdocs/home
- name: ASKDOCS_IMAGE
  value: {{ include "askdocs.image" . }}
{{- end }}

{{- define "askdocs.secretFiles" -}}
{{- range . }}
- name: {{ . | upper | replace "-" "_" }}_FILE
  value: /run/secrets/askdocs/{{ . }}
{{- end }}
{{- end }}

{{- define "askdocs.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "askdocs.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "askdocs.mounts" -}}
- name: secrets
  mountPath: /run/secrets/askdocs
  readOnly: true
- name: home
  mountPath: /var/lib/askdocs
- name: tmp
  mountPath: /tmp
{{- end }}

{{/* Takes (dict "root" $ "keys" list-of-secret-keys), and "room" if the folders need more than usual. */}}
{{- define "askdocs.volumes" -}}
- name: secrets
  secret:
    secretName: {{ include "askdocs.secret" .root }}
    defaultMode: 0440
    items:
      {{- range .keys }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
- name: home
  emptyDir:
    sizeLimit: {{ .room | default "256Mi" }}
- name: tmp
  emptyDir:
    sizeLimit: {{ .room | default "256Mi" }}
{{- end }}
