# shellcheck shell=bash
# What deploy.sh does when it ends without a release: put the traffic back, or say how. Source it after google-cloud.sh.

leave() {
    local code=$?
    # What is put back is put back to the end; Ctrl-C would only hit it half-way.
    trap '' INT TERM HUP PIPE
    set +e
    if [ -z "$RELEASED" ] && [ -n "$STEP" ]; then
        say ""
        say "${0##*/}: stopped at \"$STEP\"${REASON:+: $REASON}"
    fi
    if [ -z "$RELEASED" ] && [ -n "$LOCKED$TOUCHED" ]; then
        put_back || code=4
    fi
    remove_leftovers
    exit "$code"
}

# The traffic first, and all of it in a stated time: who waits for a network that is gone must learn it.
put_back() {
    if ! within $((PATIENCE / 3)) reach_service; then
        say_what_is_left "Google Cloud does not answer: $(api_error)"
        return 1
    fi
    within "$PATIENCE" put_back_in_time
}

# Until it can be read. That there is none is an answer, too.
reach_service() {
    until read_service; do
        [[ $STATUS != 4* ]] || return 0
        pause 2 || return 1
    done
}

put_back_in_time() {
    if [ -n "$TOUCHED" ] && ! ours; then
        say "Somebody else is changing the service now, and decides over its traffic: it stays as it is."
        return 0
    fi
    if [ -n "$TOUCHED" ] && [ -z "$FIRST" ] && ! restore_traffic; then
        say_what_is_left "it is not what was ordered after $PATIENCE s."
        return 1
    fi
    record_failure
    if [ -n "$FIRST" ] && others_serve; then
        say "The traffic is $(actual_traffic), which somebody else has released meanwhile."
    elif [ -n "$FIRST" ]; then
        say "This was the first release, so that there is nothing to go back to. Repair it and deploy again, or take it away:"
        say "  gcloud run services delete $SERVICE --project $PROJECT --region $REGION"
    else
        say "The traffic is as before: $PREVIOUS. Migrations that ran stay${BREAKING:+, although that release cannot use the tables}."
    fi
    say_log
}

others_serve() { [ -e "$WORK/service.json" ] && [[ $(actual_traffic) != @(|"$REVISION=100") ]]; }

restore_traffic() {
    local tags=()
    [ -z "$(service ".spec.traffic[] | select(.tag == \"$CANDIDATE\")")" ] || tags=(--remove-tags "$CANDIDATE")
    if [ "$(actual_traffic)" = "$PREVIOUS" ] && [ ${#tags[@]} -eq 0 ]; then return 0; fi
    say "Putting the traffic back: $PREVIOUS…"
    move_traffic "$PREVIOUS" "${tags[@]}"
}

# The old release sees what the tables are now.
record_failure() {
    [ -n "$FIRST" ] || ask_release "$(service .status.url)" "$WORK/now.json" || : > "$WORK/now.json"
    [ -s "$WORK/now.json" ] || echo '{}' > "$WORK/now.json"
    change_service --put "$(record failed <(jq '{migration, compatible_from}' "$WORK/now.json"))" --unlock || [ -z "$LOCKED" ] || say_lock
}

# say_what_is_left WHY : what serves as far as is known, and what to type when Google Cloud answers again
say_what_is_left() {
    if [ -n "$FIRST" ]; then
        say "Whether the service was made is not known, since $1"
        say "  gcloud run services describe $SERVICE --project $PROJECT --region $REGION"
    elif [ -n "$TOUCHED" ]; then
        say "THE TRAFFIC COULD NOT BE PUT BACK, since $1"
        say "It was $(actual_traffic) when it was last seen${ORDERED:+, and $ORDERED was ordered}. As soon as Google Cloud answers:"
        say "  gcloud run services update-traffic $SERVICE --to-revisions $PREVIOUS --project $PROJECT --region $REGION"
    else
        say "The traffic is as before: $PREVIOUS."
    fi
    [ -z "$LOCKED" ] || say_lock
    say_log
}

say_lock() { say "The lock on the service stays for $((LOCK_SECONDS / 60)) minutes; --take-over ignores it."; }

say_log() {
    [ -z "$TOUCHED" ] || say "Log of $REVISION: scripts/logs.sh $SERVICE --revision $REVISION --project $PROJECT --region $REGION --env $ASKDOCS_ENV"
}
