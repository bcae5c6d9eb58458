# The front door. `make` prints what there is.
#
# Variables given to make reach Python through the environment, never through the shell's words, and
# are taken as they are, $ signs too.
MAKEFLAGS += --no-print-directory
J ?= 2
GIVEN := MODEL PROMPT LAYERS TOKENS ADAPTER CHIP CHAT TEMPERATURE METHOD BITS DEPTH TEXT SKIP AGAINST LLAMA_CPP OUT PLOTS SEED WAVES TEST ID J SOURCE LAYER KV T ITERS SCHEDULER BLOCK N PROPERTY RUN WINDOW
raw = $(if $(filter undefined,$(origin $1)),,$(eval override $1 := $$(value $1))$(eval export $1))
$(foreach name,$(GIVEN),$(call raw,$(name)))

PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup generate fullscale sim selftest regress worker cov mutate formal plan profile report accuracy quantise registers paper area energy golden-test lint rerun waves bench format clean

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: ## Install what is missing (system packages, .venv); other targets call it
	@tools/setup.sh

generate: setup ## The chip writes text, checked as it goes [MODEL=name|path PROMPT= TOKENS= CHAT=1 TEMPERATURE= ADAPTER= CHIP= SEED= WAVES=1]
	@$(PYTHON) -m verif.generate

fullscale: setup ## roma-3b or roma-8b with random weights, a token of RTL beside golden, every beat compared [CHIP=roma-3b LAYERS=n TOKENS=n]
	@$(PYTHON) -m verif.fullscale.run

sim: setup ## The regression: golden tests, unit benches, chip benches [TEST=path SEED=n WAVES=1 J=2]
	@$(PYTHON) -m tools.sim

selftest: setup ## Tests of the tools: regress, coverage, mutants, formal, debugger, plan, report [SEED=n J=2]
	@RECORD=selftest $(PYTHON) -m tools.sim

regress: setup ## Simulations with random seeds, random chips; continues when interrupted [ITERS=n SEED=n TEST=path J=2 SCHEDULER=tcp://host:port]
	@$(PYTHON) -m tools.regress

worker: setup ## This machine works for the regressions of a Dask cluster [SCHEDULER=tcp://host:port J=2]
	@$(PYTHON) -m tools.worker

cov: setup ## Coverage of all benches, functional and code; fails below the targets [TEST=path RUN=0]
	@$(PYTHON) -m tools.cov

mutate: setup ## Faults in the RTL, one at a time: do the benches see them? [BLOCK=room/block N=300 SEED=n J=2]
	@$(PYTHON) -m tools.mutate

formal: setup ## Proofs with Yosys and an SMT solver [PROPERTY=name]
	@$(PYTHON) -m tools.formal

plan: setup ## The verification plan with the latest results [BLOCK=name]
	@$(PYTHON) -m tools.plan

accuracy: setup ## Chip against float32 and llama.cpp on a text [MODEL= TEXT=file SKIP=n TOKENS=n ADAPTER= CHIP= BITS= BLOCK= AGAINST=model LLAMA_CPP=0 PLOTS=1]
	@$(PYTHON) -m tools.accuracy

quantise: setup ## A model on the ROM's grids, as a new model [MODEL= METHOD=rtn|search|gptq BITS=4|2 CHIP= TEXT=file TOKENS=n OUT=folder]
	@$(PYTHON) -m tools.quantise

registers: setup ## RTL and HTML of the host interface's register map: sim_build/registers/index.html
	@$(PYTHON) -m verif.host.registers

paper: setup ## The paper's speed and memory beside ours, each with its evidence; plots in sim_build/paper
	@$(PYTHON) -m tools.paper

profile: setup ## Every cycle of a layer: a chart of what waits for what [MODEL= CHIP= ADAPTER= PROMPT= TOKENS= LAYER=; SOURCE=model KV=n T=n: predicted]
	@$(PYTHON) -m tools.profiling

area: setup ## Transistors of an L-Unit, plain ROM against B-ROM, counted by Yosys and a model [DEPTH=words BITS=2|4 PLOTS=1]
	@$(PYTHON) -m tools.area

energy: setup ## Toggles and accesses per token by block; an energy estimate from them [MODEL= ADAPTER= PROMPT= TOKENS=n PLOTS=1]
	@$(PYTHON) -m tools.energy

report: setup ## One HTML page of the last runs: sim_build/report.html
	@$(PYTHON) -m tools.report

golden-test: setup ## Tests of the golden model alone
	@$(PYTHON) -m pytest golden/tests -n "$$J"

lint: setup ## ruff; Verilator and Yosys on every module alone
	@$(PYTHON) -m ruff check . && TEST=verif/lint RECORD=lint $(PYTHON) -m tools.sim

rerun: setup ## Repeat one test with its seed and waves: make rerun ID='node@seed'
	@$(PYTHON) -m tools.rerun

waves: setup ## Show the waves around a mismatch: make waves ID='node@seed' [WINDOW=first:last|all]
	@$(PYTHON) -m tools.waves

bench: setup ## Speed on this machine: simulation with and without checking, golden, builds
	@$(PYTHON) -m verif.benchmark

format: setup ## Format Python
	@$(PYTHON) -m ruff format .

clean: ## Remove sim_build
	rm -rf sim_build
