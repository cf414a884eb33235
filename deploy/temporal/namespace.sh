#!/bin/sh
# Makes the namespace, sets how long closed cases are kept, and registers the search attributes. Harmless when done.
set -eu

# Ask again for up to a minute: a new server, and a new namespace, are known only after some seconds.
patiently() {
    tries=60
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 1
    done
}

list_attributes() { temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" 2>/dev/null; }

patiently temporal operator cluster health

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi

known=$(patiently list_attributes)
for name in GspProcess GspVersion GspSite GspState GspMode; do
    case $known in
        *"$name"*) ;;
        *) temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword ;;
    esac
done
