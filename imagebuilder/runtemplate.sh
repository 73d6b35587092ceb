#!/bin/bash
# Runs an image template and waits for the outcome. Runs again without harm: a template that has been built is left alone,
# since Azure removes this script's record after a day and Pulumi then makes it anew.
set -euo pipefail

template() {
  az rest --method get --url "${TEMPLATE_ID}?api-version=${API_VERSION}" --query "$1" --output tsv
}

state=$(template properties.lastRunStatus.runState)
if [[ "$state" != Succeeded && "$state" != Running ]]; then
  echo "Starting the image build."
  az rest --method post --url "${TEMPLATE_ID}/run?api-version=${API_VERSION}" --output none
  state=Running
fi

while [[ "$state" == Running || -z "$state" ]]; do
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
