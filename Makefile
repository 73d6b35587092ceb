# Everything runs on a machine that has Go, git, make and bash. ARGS and STACK go to cmd/offline: make preview ARGS=--diff
STACK ?= dev
# The stack whose simulated Azure is used: stacks that are parts of one platform share one.
AZURE ?= $(STACK)
ARGS  ?=
BASE  ?= HEAD^1
# Not empty: the tests that deploy for long as well.
LONG  ?=

GOVULNCHECK = v1.9.0

OFFLINE = PULUMI_COMMAND="$$(tools/cli)" && export PULUMI_COMMAND && exec .bin/offline --stack $(STACK) --azure $(AZURE)

.DEFAULT_GOAL := help
.PHONY: help preview up refresh recover destroy export report handover serve test test-cluster test-faults bench race vulncheck lint actionlint fmt \
	azurenative azurenative-check azureinputs flux-crds cli dev-certs virtual-node-digests delivery-tools delivery-plugins \
	delivery-simulator delivery-base \
	delivery-cache delivery-dry-run clean .bin/offline .bin/bench .bin/devcerts .bin/imagedigests .bin/delivery \
	.bin/pulumi-language-go

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-21s %s\n", $$1, $$2 }' Makefile

preview up refresh recover destroy: .bin/offline
	@$(OFFLINE) $@ $(ARGS)

preview: ## Show what an update of the dev stack would do to a simulated Azure (STACK=prod for another)
up:      ## Create or update everything in the simulated Azure
refresh: ## Read everything back from the simulated Azure
recover: ## Put the state right after an update that did not end, then run it again
destroy: ## Delete everything in the simulated Azure

export: .bin/offline ## Print the deployment as pulumi stack export does (ARGS="-o file")
	@$(OFFLINE) $@ $(ARGS)

report: ## Write one page about the deployed stack for auditors and operators: .offline/<stack>/report.html
	@[ -e .offline/$(AZURE)/azure.json ] || { echo "Nothing is deployed offline: run make up STACK=$(STACK) first." >&2; exit 1; }
	@$(MAKE) --no-print-directory .bin/offline
	@tools/build . ./cmd/report .bin/report
	@exported=$$(mktemp) && trap 'rm -f "$$exported"' EXIT && ($(OFFLINE) export --output "$$exported") && \
		mkdir -p .offline/$(STACK) && .bin/report --output .offline/$(STACK)/report.html "$$exported" && echo .offline/$(STACK)/report.html

handover: .bin/offline ## Write what the stack leaves to other teams: .offline/<stack>/handover.md and .json
	@tools/build . ./cmd/handover .bin/handover
	@outputs=$$(mktemp) && trap 'rm -f "$$outputs"' EXIT && \
		{ ($(OFFLINE) preview --json $(ARGS)) >"$$outputs" || [ -s "$$outputs" ]; } && \
		.bin/handover --stack $(STACK) --output .offline/$(STACK) "$$outputs"

serve: .bin/offline .bin/pulumi-language-go ## Keep the simulated Azure running for a plain Pulumi CLI
	@$(OFFLINE) $@ $(ARGS)

test: .bin/ruletest .bin/offline .bin/pulumi-language-go ## Run the tests, those on the engine included (LONG=1: also the long ones)
	@PULUMI_COMMAND="$$(tools/cli)" && export PULUMI_COMMAND && go test -vet=off $(if $(LONG),,-short) -timeout 20m ./...

test-cluster: .bin/offline ## Apply, sync and validate the manifests on a real API server with the real Flux
	@PULUMI_COMMAND="$$(tools/cli)" && KUBETEST_BINARIES="$$(tools/cluster)" && export PULUMI_COMMAND KUBETEST_BINARIES && \
		CLUSTER_OFFLINE="$(CURDIR)/.bin/offline" go test -tags cluster -count 1 -timeout 20m ./tests/cluster/...

test-faults: .bin/offline ## Let the creation of every resource fail in every way, and see that the stack converges (takes long)
	@PULUMI_COMMAND="$$(tools/cli)" && export PULUMI_COMMAND && FAULTS=all go test -vet=off -count 1 -timeout 120m -v -run '^TestFaults$$' ./tests/engine

race: ## Run the tests of what is concurrent under the race detector; the Azure SDK is not linked
	@PULUMI_COMMAND="$$(tools/cli)" && export PULUMI_COMMAND && go test -race -timeout 20m \
		./internal/azuresim/... ./internal/delivery/... ./internal/flow/... ./internal/kubetest/... ./internal/offline/... ./internal/validate/...

vulncheck: ## Look the dependencies up in Go's vulnerability database, which needs the internet
	go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) ./...

bench: .bin/bench ## Measure preview and updates of 1, 5 and 20 stamps in the simulated Azure (ARGS="-stamps 1,5")
	@PULUMI_COMMAND="$$(tools/cli)" && export PULUMI_COMMAND && exec .bin/bench -stack $(STACK) $(ARGS)

lint: .bin/staticcheck azurenative-check actionlint ## Check formatting, generated code, go vet, staticcheck and the workflows
	@unformatted="$$(gofmt -l .)"; [ -z "$$unformatted" ] || { echo "not formatted: $$unformatted"; exit 1; }
	go vet -tags cluster ./...
	.bin/staticcheck -tags cluster ./...

actionlint: .bin/actionlint ## Check the workflows
	.bin/actionlint -shellcheck= -pyflakes= .github/workflows/*.yml

fmt: ## Format all Go files
	gofmt -w .

azurenative: .bin/azurenative ## Generate internal/azurenative after a change of a schema in it
	.bin/azurenative

azurenative-check: .bin/azurenative ## Check that internal/azurenative is what its schemas generate
	.bin/azurenative -check

azureinputs: .bin/azureinputs ## Write which properties of Azure resources are inputs, after a change of the SDK or of the types in use
	.bin/azureinputs

flux-crds: ## Write Flux's definitions anew, after a change of its version in tools/flux/go.mod
	go -C tools/flux run ./crds >bootstrap/flux-system/crds.yaml

cli: ## Find the Pulumi CLI or build it into .bin
	@tools/cli

dev-certs: .bin/devcerts ## Store self-signed certificates, encrypted, in the dev stack's configuration (STACK=name)
	@PULUMI_COMMAND="$$(tools/cli)" && export PULUMI_COMMAND && exec .bin/devcerts --stack $(STACK) $(ARGS)

virtual-node-digests: .bin/imagedigests ## Print the digests of the virtual node images, for the stack's file (ARGS="--tag name")
	@exec .bin/imagedigests $(ARGS)

delivery-tools: .bin/delivery .bin/pulumi-language-go ## Build what the workflows run: cmd/delivery, the pinned Pulumi CLI and its language host
	@PULUMI_CLI=pinned tools/cli >/dev/null

delivery-plugins: delivery-tools ## Install the providers that the program needs, for updates of Azure
	@PULUMI_COMMAND="$$(PULUMI_CLI=pinned tools/cli)" && PATH="$(CURDIR)/.bin:$$PATH" exec "$$PULUMI_COMMAND" plugin install

delivery-simulator: .bin/offline ## Build the simulated Azure for previews without an account

delivery-base: ## Deploy what BASE has (default: HEAD^1) into a simulated Azure of its own, for previews of what a change does to it
	@tools/delivery-base "$(STACK)" "$(BASE)"

delivery-cache: ## Take what a cache keyed by tools/**/go.mod has put into .bin as up to date
	@touch -c .bin/staticcheck .bin/actionlint

delivery-dry-run: delivery-tools delivery-simulator ## Run every step of the workflows without any account
	@tools/delivery-dry-run

clean: ## Delete what was built and all offline state
	rm -rf .bin .offline results

.bin/offline:
	@[ -e $@ ] || echo "Building the program and the simulated Azure into .bin. On two cores the first time takes some minutes." >&2
	@tools/build . ./cmd/offline $@

.bin/bench:
	@tools/build . ./cmd/bench $@

.bin/devcerts:
	@tools/build . ./cmd/devcerts $@

.bin/imagedigests:
	@tools/build . ./cmd/imagedigests $@

.bin/delivery:
	@tools/build . ./cmd/delivery $@

.bin/pulumi-language-go:
	@tools/build . ./cmd/pulumi-language-go $@

.bin/actionlint: tools/go.mod
	@tools/build tools github.com/rhysd/actionlint/cmd/actionlint ../$@

.bin/azurenative: tools/go.mod $(wildcard tools/azurenative/*.go)
	@tools/build tools ./azurenative ../$@

.bin/azureinputs: tools/go.mod $(wildcard tools/azureinputs/*.go)
	@tools/build tools ./azureinputs ../$@

.bin/staticcheck: tools/go.mod
	@tools/build tools honnef.co/go/tools/cmd/staticcheck ../$@

.bin/ruletest: tools/prometheus/go.mod $(wildcard tools/prometheus/*.go)
	@tools/build tools/prometheus . ../../$@
