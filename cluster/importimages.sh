#!/bin/bash
# Imports images into a registry: each from its source into quarantine/, and from there into live/, all by digest. Runs again
# without harm: an image that is already there stays what it is.
set -euo pipefail

errors=$(mktemp)
group=${REGISTRY_ID#*/resourceGroups/}
group=${group%%/*}

# What all imports together may still wait for, in seconds: for a role that Azure does not know yet, up to ten minutes (Azure document
# "Troubleshoot Azure RBAC"), and for a source that limits how much it gives to one address.
role_patience=600
limit_patience=1800

# pause waits as long as the last error asks for. It fails if there is no more patience with it.
tries=0
pause() {
  if grep -q AuthorizationFailed "$errors"; then
    ((role_patience > 0)) || return 1
    role_patience=$((role_patience - 30))
    sleep 30
  elif grep -q -i -e toomanyrequests -e 'too many requests' -e 'rate limit' "$errors"; then
    ((limit_patience > 0)) || return 1
    limit_patience=$((limit_patience - 300))
    sleep 300
  else
    # Sources are busy now and then, so only a lasting failure counts.
    ((++tries < 5)) || return 1
    sleep 30
  fi
}

# import_image imports one image.
import_image() {
  local image=$1 step=$2
  shift 2
  tries=0
  until az acr import --name "$REGISTRY_NAME" --resource-group "$group" "$@" --force 2>"$errors"; do
    cat "$errors" >&2
    if ! pause; then
      echo "${image}: ${step} failed." >&2
      exit 1
    fi
    echo "${image}: ${step} failed, trying again." >&2
  done
}

count=0
# shellcheck disable=SC2153 # IMAGES comes from the environment: host/repository:tag@digest, a space between two.
for image in $IMAGES; do
  digest=${image##*@}
  tagged=${image%@*}
  source=${tagged%:*}
  tag=${tagged##*:}
  repository=${source#*/}
  credentials=()
  if [[ "${source%%/*}" == docker.io && -n "${DOCKER_HUB_TOKEN:-}" ]]; then
    credentials=(--username "$DOCKER_HUB_USER" --password "$DOCKER_HUB_TOKEN")
  fi
  # An empty array counts as unset in bash before 4.4.
  import_image "$image" "import into quarantine/" \
    --source "${source}@${digest}" --image "quarantine/${repository}:${tag}" ${credentials[@]+"${credentials[@]}"}
  import_image "$image" "promotion to live/" \
    --registry "$REGISTRY_ID" --source "quarantine/${repository}@${digest}" --image "live/${repository}:${tag}"
  echo "Imported live/${repository}:${tag}."
  count=$((count + 1))
done
echo "{\"images\": ${count}}" >"$AZ_SCRIPTS_OUTPUT_PATH"
