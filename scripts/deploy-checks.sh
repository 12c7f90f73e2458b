# shellcheck shell=bash
# What deploy.sh looks at before it changes anything: all problems are said at once. Source it after google-cloud.sh.

FIRST='' BUILDER='' PREVIOUS='' BREAKING='' OLD='' BACKUP_TO=''

check_everything() {
    say "Checking $SERVICE in $PROJECT ($REGION), $ASKDOCS_ENV…"
    choose_builder
    check_permissions
    check_apis
    check_secrets
    check_service
    if [ -n "$IMAGE" ]; then check_image; fi
    check_migrations
    check_backup
    stop_on_problems 3
}

# What builds the image: a Docker engine, if one answers here, else Cloud Build.
choose_builder() {
    [ -z "$IMAGE" ] || return 0
    BUILDER='Cloud Build'
    ! docker info > /dev/null 2>&1 || BUILDER=Docker
}

check_permissions() {
    local permission missing still=()
    local wanted=(run.services.get run.services.update run.jobs.create run.jobs.update run.jobs.run
        secretmanager.versions.access iam.serviceAccounts.actAs)
    case $BUILDER in
        Docker) wanted+=(artifactregistry.repositories.uploadArtifacts) ;;
        'Cloud Build') wanted+=(cloudbuild.builds.create) ;;
    esac
    if ! missing=$(lacking cloudresourcemanager "/v1/projects/$PROJECT" "${wanted[@]}"); then
        problem "the permissions in $PROJECT cannot be looked up: $(api_error)"
        return 0
    fi
    for permission in $missing; do
        granted_below "$permission" || still+=("$permission")
    done
    missing=$(IFS=, && echo "${still[*]}")
    [ -z "$missing" ] || problem "you may not ${missing//,/, } in $PROJECT. The roles run.admin, secretmanager.secretAccessor," \
        "iam.serviceAccountUser and, to build, artifactregistry.writer or cloudbuild.builds.editor hold all that is needed."
}

# lacking API RESOURCE PERMISSION… : those that are not granted there, one a line
lacking() {
    printf '%s\n' "${@:3}" | jq -R . | jq -s '{permissions: .}' > "$WORK/wanted.json"
    api POST "$1" "$2:testIamPermissions" "$WORK/wanted.json" > "$WORK/granted.json" || return $?
    jq -r --slurpfile granted "$WORK/granted.json" '.permissions - ($granted[0].permissions // []) | .[]' "$WORK/wanted.json"
}

# A role on the one secret, identity or repository is enough, and less than one on the project. Whoever may read the
# token of the metrics may read the other secrets: Terraform grants them together.
granted_below() {
    local missing account
    account=$(setting deployment.service_account)
    case $1 in
        secretmanager.*) missing=$(lacking secretmanager "/v1/projects/$PROJECT/secrets/$SERVICE-metrics-token" "$1") ;;
        iam.*) [ -n "$account" ] && missing=$(lacking iam "/v1/projects/$PROJECT/serviceAccounts/$account" "$1") ;;
        artifactregistry.*)
            missing=$(lacking artifactregistry "/v1/projects/$PROJECT/locations/$REGION/repositories/$(setting deployment.repository)" "$1")
            ;;
        *) return 1 ;;
    esac && [ -z "$missing" ]
}

check_apis() {
    local name enabled wanted=(run secretmanager artifactregistry)
    [ "$BUILDER" != 'Cloud Build' ] || wanted+=(cloudbuild)
    if ! api GET serviceusage "/v1/projects/$PROJECT/services?filter=state:ENABLED&pageSize=200" > "$WORK/apis.json"; then
        problem "the enabled APIs of $PROJECT cannot be listed: $(api_error)"
        return 0
    fi
    enabled=$(jq -r '.services[]?.config.name' "$WORK/apis.json")
    for name in "${wanted[@]}"; do
        grep -qx "$name.googleapis.com" <<< "$enabled" ||
            problem "the API $name.googleapis.com is off: gcloud services enable $name.googleapis.com --project $PROJECT"
    done
}

check_secrets() {
    local name required=(secret-key database-url qdrant-url metrics-token)
    [ "$(setting gemini.platform)" = vertex ] || required+=(gemini-api-key)
    if ! list_secrets; then
        problem "the secrets of $PROJECT cannot be listed: $(api_error)"
        return 0
    fi
    for name in "${required[@]}"; do
        grep -qx "$SERVICE-$name" "$WORK/secrets" || problem "the secret $SERVICE-$name is missing: printf %s VALUE |" \
            "gcloud secrets create $SERVICE-$name --data-file=- --project $PROJECT"
    done
    [ ${#PROBLEMS[@]} -gt 0 ] || fetch_secret metrics-token "$WORK/metrics-token" ||
        problem "the secret $SERVICE-metrics-token cannot be read: $(api_error)"
}

check_service() {
    if read_service; then
        PREVIOUS=$(actual_traffic)
        # What gets most of the traffic now, and will get the rest of it during the shift.
        OLD=$(tr ',' '\n' <<< "$PREVIOUS" | sort -t= -k2 -n | tail -n 1 | cut -d= -f1)
    elif [ "$STATUS" != 404 ]; then
        problem "the service $SERVICE cannot be read: $(api_error)"
    fi
    # shellcheck disable=SC2034 # deploy.sh reads it
    [ -n "$OLD" ] || FIRST=yes
}

# An image elsewhere than in Artifact Registry is for Cloud Run to find.
check_image() {
    [[ $IMAGE =~ ^([a-z0-9-]+)-docker\.pkg\.dev/([^/]+)/([^/]+)/([^@:]+)(@sha256:[0-9a-f]{64}|:[A-Za-z0-9._-]+)$ ]] || {
        [[ $IMAGE =~ ^[^@,[:space:]]+@sha256:[0-9a-f]{64}$ ]] || problem "$IMAGE names neither a digest (NAME@sha256:…) nor a tag in Artifact Registry."
        return 0
    }
    local path="/v1/projects/${BASH_REMATCH[2]}/locations/${BASH_REMATCH[1]}/repositories/${BASH_REMATCH[3]}"
    local name=${BASH_REMATCH[4]//\//%2F} version=${BASH_REMATCH[5]}
    if [[ $version == @* ]]; then
        api GET artifactregistry "$path/dockerImages/$name$version" > /dev/null || problem "the image $IMAGE is not there: $(api_error)"
    elif api GET artifactregistry "$path/packages/$name/tags/${version#:}" > "$WORK/tag.json"; then
        IMAGE=${IMAGE%:*}@$(jq -r '.version | split("/") | last' "$WORK/tag.json")
    else
        problem "the image $IMAGE is not there: $(api_error)"
    fi
}

# The migrations of this checkout, which is that of the image, and the program that serves while they run.
check_migrations() {
    local newest oldest knows
    [ -z "$FIRST" ] || return 0
    newest=$(find backend/askdocs/db/migrations/versions -name '[0-9]*.py' | sort | tail -n 1)
    oldest=$(sed -n 's/^compatible_from = "\(.*\)"$/\1/p' "$newest")
    knows=$(service '.metadata.annotations["askdocs.dev/releases"] // "[]" | fromjson
        | map(select(.state == "serving")) | .[0].migration // ""')
    [ -n "$knows" ] && [[ $knows < $oldest ]] || return 0
    # shellcheck disable=SC2034 # deploy.sh says so if it goes back
    BREAKING=yes
    [ -n "$BREAK_OLDER" ] || problem "$OLD knows the migrations up to $knows, and after those of this checkout only programs from" \
        "$oldest on can use the tables: it would answer with errors until it is replaced, and there would be no way back." \
        "Release what lies between first, or say --break-older."
}

check_backup() {
    [ -z "$SKIP_BACKUP" ] || return 0
    BACKUP_TO=$(setting backups.to)
    [ -n "$BACKUP_TO" ] || problem "backups.to (BACKUP_BUCKET) says nowhere to back up to. Set it, or --skip-backup REASON."
}
