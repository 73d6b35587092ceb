#!/bin/bash
# Runs an image template and waits for the outcome. Runs again without harm: a template that has been built is left alone,
# since Azure removes this script's record after a day and Pulumi then makes it anew.
set -euo pipefail

errors=$(mktemp)

# await_role waits a while if Azure does not know yet what this script's identity may do: a new assignment takes it up to ten minutes
# (Azure document "Troubleshoot Azure RBAC"). It fails for any other error, and once that time is over.
waited=0
await_role() {
  if ! grep -q AuthorizationFailed "$errors" || ((waited >= 600)); then
    return 1
  fi
  echo "Azure does not know this script's role yet." >&2
  waited=$((waited + 30))
  sleep 30
}

# template reads a property. A build takes long enough for a single request to fail now and then; only a lasting failure counts.
template() {
  local try=1
  until az rest --method get --url "${TEMPLATE_ID}?api-version=${API_VERSION}" --query "$1" --output tsv 2>"$errors"; do
    if await_role; then
      continue
    fi
    cat "$errors" >&2
    if ((try == 5)); then
      return 1
    fi
    try=$((try + 1))
    sleep 15
  done
}

before=$(template properties.lastRunStatus.startTime)
state=$(template properties.lastRunStatus.runState)
if [[ "$state" != Succeeded && "$state" != Running ]]; then
  echo "Starting the image build."
  until az rest --method post --url "${TEMPLATE_ID}/run?api-version=${API_VERSION}" --output none 2>"$errors"; do
    if ! await_role; then
      cat "$errors" >&2
      exit 1
    fi
  done
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
