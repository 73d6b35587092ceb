#!/bin/bash
# Runs an image template and waits for the outcome. Runs again without harm: a template that has been built is left alone,
# since Azure removes this script's record after a day and Pulumi then makes it anew.
set -euo pipefail

# A build takes long enough for a single request to fail now and then; only a lasting failure counts.
template() {
  local try
  for try in 1 2 3 4 5; do
    if az rest --method get --url "${TEMPLATE_ID}?api-version=${API_VERSION}" --query "$1" --output tsv; then
      return
    fi
    sleep 15
  done
  return 1
}

before=$(template properties.lastRunStatus.startTime)
state=$(template properties.lastRunStatus.runState)
if [[ "$state" != Succeeded && "$state" != Running ]]; then
  echo "Starting the image build."
  az rest --method post --url "${TEMPLATE_ID}/run?api-version=${API_VERSION}" --output none
  # Until the new run shows, the template still tells of the one before.
  while [[ "$(template properties.lastRunStatus.startTime)" == "$before" ]]; do
    sleep 15
  done
  state=$(template properties.lastRunStatus.runState)
fi

while [[ "$state" == Running || "$state" == Canceling || -z "$state" ]]; do
  sleep 30
  state=$(template properties.lastRunStatus.runState)
done

if [[ "$state" != Succeeded ]]; then
  message=$(template properties.lastRunStatus.message)
  group=$(template properties.exactStagingResourceGroup)
  echo "Image build ${state}: ${message}" >&2
  echo "See blob customization.log in container packerlogs of the storage account in resource group ${group##*/}." >&2
  exit 1
fi
echo "{\"runState\": \"${state}\"}" >"$AZ_SCRIPTS_OUTPUT_PATH"
