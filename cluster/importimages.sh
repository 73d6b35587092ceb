#!/bin/bash
# Imports images into a registry: each from its source into quarantine/, and from there into live/, all by digest. Runs again
# without harm: an image that is already there stays what it is.
set -euo pipefail

# import_image imports one image. Sources are busy now and then, so only a lasting failure counts.
import_image() {
  local image=$1 step=$2 try
  shift 2
  for try in 1 2 3 4 5; do
    if az acr import --name "$REGISTRY_NAME" "$@" --force; then
      return
    fi
    if [[ $try -lt 5 ]]; then
      echo "${image}: ${step} failed, trying again." >&2
      sleep 30
    fi
  done
  echo "${image}: ${step} failed." >&2
  exit 1
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
  import_image "$image" "import into quarantine/" \
    --source "${source}@${digest}" --image "quarantine/${repository}:${tag}" ${credentials[@]+"${credentials[@]}"}
  import_image "$image" "promotion to live/" \
    --registry "$REGISTRY_ID" --source "quarantine/${repository}@${digest}" --image "live/${repository}:${tag}"
  echo "Imported live/${repository}:${tag}."
  count=$((count + 1))
done
echo "{\"images\": ${count}}" >"$AZ_SCRIPTS_OUTPUT_PATH"
