//! Every rule bites: files with one change each, and the rule that has to refuse it, alone.

use std::collections::BTreeSet;

use cretula_workflows::Kind::{BuildImage, Component, SignDigests};
use cretula_workflows::{File, Kind, RULES, SHIPPED, lint, read_shipped};

/// One change of some files: the first occurrence of a text becomes another one.
struct Mutation {
    rule: &'static str,
    kinds: &'static [Kind],
    from: &'static str,
    to: &'static str,
}

const GITHUB: &[Kind] = &[SignDigests, BuildImage];
const SIGN: &[Kind] = &[SignDigests];
const IMAGE: &[Kind] = &[BuildImage];
const GITLAB: &[Kind] = &[Component];

const fn change(
    rule: &'static str,
    kinds: &'static [Kind],
    from: &'static str,
    to: &'static str,
) -> Mutation {
    Mutation { rule, kinds, from, to }
}

/// The first lines of the signing job's own keys, and of the job in the component.
const SIGNING: &str = "    timeout-minutes: 20\n";
const JOB: &str = "  timeout: 15 minutes\n";
/// The first step of the signing job.
const FETCH: &str = "      - name: Fetch the command\n        shell: bash\n";

const MUTATIONS: &[Mutation] = &[
    // ---- head
    change("head/level", SIGN, "SLSA level: Build L2 at most", "SLSA level: Build L3 at most"),
    change("head/level", IMAGE, "can carry Build L3, because", "is Build L3, because"),
    change("head/level", GITLAB, "SLSA level: Build L1. Build L2 at most", "SLSA level: Build L3 at most"),
    change("head/level", SIGN, "by the pair of signer and builder.id", "by this file"),
    change("head/commit", SIGN, "slsa-sign.yml@COMMIT", "slsa-sign.yml@main"),
    change("head/commit", IMAGE, "slsa-build-image.yml@COMMIT", "slsa-build-image.yml@v1"),
    change("head/commit", GITLAB, "slsa-sign@COMMIT", "slsa-sign@~latest"),
    // ---- interface
    change("interface/trigger", GITHUB, "on:\n  workflow_call:\n", "on:\n  push:\n  workflow_call:\n"),
    change(
        "interface/trigger",
        GITHUB,
        "on:\n  workflow_call:\n",
        "on:\n  pull_request_target:\n  workflow_call:\n",
    ),
    change(
        "interface/inputs",
        SIGN,
        "    inputs:\n",
        "    inputs:\n      builder-id:\n        description: Who built\n        type: string\n",
    ),
    change("interface/inputs", SIGN, "        required: true\n        type: string", "        type: number"),
    change(
        "interface/inputs",
        IMAGE,
        "    outputs:\n",
        "    inputs:\n      arguments:\n        description: More options\n        type: string\n    outputs:\n",
    ),
    change(
        "interface/inputs",
        GITLAB,
        "    build-job:\n",
        "    config:\n      description: Configuration\n      type: string\n    build-job:\n",
    ),
    // ---- keys
    change("keys/known", GITHUB, SIGNING, "    if: always()\n    timeout-minutes: 20\n"),
    change("keys/known", GITHUB, SIGNING, "    strategy: {matrix: {a: [1, 2]}}\n    timeout-minutes: 20\n"),
    change("keys/known", GITHUB, "permissions: {}\n", "permissions: {}\nenv:\n  BASH_ENV: x\n"),
    change(
        "keys/known",
        GITHUB,
        "permissions: {}\n",
        "permissions: {}\ndefaults: {run: {working-directory: x}}\n",
    ),
    change(
        "keys/known",
        GITHUB,
        FETCH,
        "      - name: Fetch the command\n        working-directory: x\n        shell: bash\n",
    ),
    change("keys/known", GITLAB, JOB, "  extends: .everything\n  timeout: 15 minutes\n"),
    change("keys/known", GITLAB, JOB, "  rules: [{when: never}]\n  timeout: 15 minutes\n"),
    change(
        "keys/secrets",
        GITHUB,
        "on:\n  workflow_call:\n",
        "on:\n  workflow_call:\n    secrets: {KEY: {required: true}}\n",
    ),
    change(
        "keys/secrets",
        GITHUB,
        "          cd \"$RUNNER_TEMP\"\n          ./cretula",
        "          echo \"$ACTIONS_ID_TOKEN_REQUEST_TOKEN\"\n          cd \"$RUNNER_TEMP\"\n          ./cretula",
    ),
    change("keys/secrets", GITLAB, JOB, "  secrets: {KEY: {vault: a/b@c}}\n  timeout: 15 minutes\n"),
    change("keys/secrets", GITLAB, "      umask 077\n", "      umask 077\n      echo \"$CI_JOB_TOKEN\"\n"),
    change("keys/environment", GITHUB, SIGNING, "    environment: production\n    timeout-minutes: 20\n"),
    change("keys/environment", GITLAB, JOB, "  environment: production\n  timeout: 15 minutes\n"),
    change("keys/container", GITHUB, SIGNING, "    container: debian:13\n    timeout-minutes: 20\n"),
    change("keys/container", GITHUB, SIGNING, "    services: {db: {image: db}}\n    timeout-minutes: 20\n"),
    change("keys/container", GITLAB, JOB, "  services: [docker]\n  timeout: 15 minutes\n"),
    change("keys/cache", SIGN, "uses: actions/upload-artifact@", "uses: actions/cache@"),
    change("keys/cache", IMAGE, "docker build --no-cache --pull", "docker build --pull"),
    change(
        "keys/cache",
        IMAGE,
        "docker build --no-cache --pull",
        "docker build --no-cache --cache-from=x --pull",
    ),
    change("keys/cache", GITLAB, JOB, "  cache: {paths: [x]}\n  timeout: 15 minutes\n"),
    change("keys/failure", GITHUB, SIGNING, "    continue-on-error: true\n    timeout-minutes: 20\n"),
    change(
        "keys/failure",
        GITHUB,
        FETCH,
        "      - name: Fetch the command\n        continue-on-error: true\n        shell: bash\n",
    ),
    change(
        "keys/failure",
        IMAGE,
        "    timeout-minutes: 60\n",
        "    timeout-minutes: 60\n    continue-on-error: true\n",
    ),
    change("keys/failure", GITLAB, JOB, "  allow_failure: true\n  timeout: 15 minutes\n"),
    change("keys/failure", GITLAB, JOB, "  retry: 2\n  timeout: 15 minutes\n"),
    // ---- uses
    change("uses/pinned", GITHUB, "@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1", "@v7 # v7.0.1"),
    change("uses/pinned", GITHUB, "@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1", "@043fb46 # v7.0.1"),
    change("uses/pinned", GITHUB, "1fc6a0a # v7.0.1", "1fc6a0a"),
    change("uses/pinned", GITHUB, "1fc6a0a # v7.0.1", "1fc6a0a # v7"),
    change("uses/pinned", GITHUB, "uses: actions/upload-artifact@", "uses: ./actions/upload-artifact@"),
    change(
        "uses/pinned",
        GITHUB,
        "uses: actions/upload-artifact@",
        "uses: docker://actions/upload-artifact@",
    ),
    change(
        "uses/none-when-signing",
        GITHUB,
        "      - name: Seal\n",
        "      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v7.0.0\n      - name: Seal\n",
    ),
    // ---- permissions
    change("permissions/top", GITHUB, "\npermissions: {}\n", "\n"),
    change("permissions/top", GITHUB, "\npermissions: {}\n", "\npermissions: read-all\n"),
    change("permissions/top", GITHUB, "\npermissions: {}\n", "\npermissions:\n"),
    change("permissions/top", GITHUB, "\npermissions: {}\n", "\npermissions: {contents: read}\n"),
    change(
        "permissions/id-token",
        GITHUB,
        "      id-token: write\n    outputs",
        "      id-token: write\n      contents: read\n    outputs",
    ),
    change(
        "permissions/least",
        GITHUB,
        "    continue-on-error: true\n    permissions: {}\n",
        "    permissions: {contents: write}\n",
    ),
    change(
        "permissions/least",
        GITHUB,
        "    continue-on-error: true\n    permissions: {}\n",
        "    permissions: write-all\n",
    ),
    change("permissions/least", GITHUB, "    continue-on-error: true\n    permissions: {}\n", ""),
    change("permissions/least", IMAGE, "\n      contents: read\n", "\n      contents: write\n"),
    change(
        "permissions/least",
        IMAGE,
        "\n      contents: read\n",
        "\n      contents: read\n      id-token: none\n",
    ),
    // ---- jobs
    change("jobs/runner", GITHUB, "runs-on: ubuntu-24.04", "runs-on: ubuntu-latest"),
    change("jobs/runner", GITHUB, "runs-on: ubuntu-24.04", "runs-on: [self-hosted, ubuntu-24.04]"),
    change("jobs/timeout", GITHUB, SIGNING, ""),
    change("jobs/timeout", GITHUB, SIGNING, "    timeout-minutes: 360\n"),
    change("jobs/timeout", GITLAB, JOB, "  timeout: 3 hours\n"),
    change("image/source", IMAGE, "\"$GITHUB_SHA\"\n          git checkout", "main\n          git checkout"),
    change("image/source", IMAGE, "          rm -rf .git\n", ""),
    change("image/source", IMAGE, "          test \"$(git rev-parse HEAD)\" = \"$GITHUB_SHA\"\n", ""),
    // ---- scripts
    change(
        "scripts/strict",
        GITHUB,
        "          set -euo pipefail\n          export LC_ALL=C\n          arguments",
        "          set -eu\n          export LC_ALL=C\n          arguments",
    ),
    change("scripts/strict", GITHUB, FETCH, "      - name: Fetch the command\n"),
    change("scripts/strict", GITHUB, "          number=0\n", "          number=0\n          set +e\n"),
    change("scripts/strict", GITLAB, "      set -euo pipefail\n", ""),
    change("scripts/strict", GITLAB, "  after_script: []\n", "  after_script: [echo]\n"),
    change("scripts/strict", GITLAB, "  before_script: []\n", ""),
    change(
        "scripts/no-expression",
        SIGN,
        "          number=0\n",
        "          number=0 # ${{ inputs.subjects }}\n",
    ),
    change(
        "scripts/no-expression",
        IMAGE,
        "          number=0\n",
        "          number=0 # ${{ github.head_ref }}\n",
    ),
    change("scripts/no-expression", GITLAB, "      umask 077\n", "      umask 077 # $[[ inputs.stage ]]\n"),
    change(
        "scripts/no-source",
        GITHUB,
        "          number=0\n",
        "          number=0\n          git clone x\n",
    ),
    change("scripts/no-source", GITHUB, "          number=0\n", "          number=0\n          curl x\n"),
    change(
        "scripts/no-source",
        GITHUB,
        "          number=0\n",
        "          number=0\n          cd \"$GITHUB_WORKSPACE\"\n",
    ),
    change("scripts/no-source", GITLAB, "      umask 077\n", "      umask 077\n      apk add jq\n"),
    change("scripts/no-source", GITLAB, "      umask 077\n", "      umask 077\n      curl x | sh\n"),
    change(
        "scripts/subjects",
        GITHUB,
        "            if ! [[ $line =~ ^[A-Za-z0-9]",
        "            if ! [[ $line =~ [A-Za-z0-9]",
    ),
    change("scripts/subjects", GITHUB, "@sha256:[0-9a-f]{64}$ ]]", "@[a-z0-9]+:[0-9a-f]+$ ]]"),
    change(
        "scripts/subjects",
        GITHUB,
        "          export LC_ALL=C\n          arguments",
        "          arguments",
    ),
    change("scripts/subjects", GITLAB, "grep -Eqx", "grep -Eq"),
    change("scripts/subjects", GITLAB, "      set -f\n", ""),
    change("scripts/subjects", GITLAB, "      set --\n", ""),
    // ---- expressions
    change(
        "expressions/known",
        GITHUB,
        "      - name: Seal\n",
        "      - name: Seal ${{ github.head_ref }}\n",
    ),
    change(
        "expressions/known",
        GITHUB,
        "bundle: ${{ steps.seal.outputs.bundle }}",
        "bundle: ${{ github.token }}",
    ),
    change(
        "expressions/known",
        GITHUB,
        "path: ${{ runner.temp }}/bundle.sigstore.json",
        "path: ${{ runner.temp }}",
    ),
    change(
        "expressions/facts",
        SIGN,
        "SUBJECTS: ${{ inputs.subjects }}",
        "SUBJECTS: ${{ github.event.inputs.subjects }}",
    ),
    change(
        "expressions/facts",
        IMAGE,
        "SUBJECTS: ${{ needs.build.outputs.image }}",
        "SUBJECTS: ${{ vars.IMAGE }}",
    ),
    change(
        "expressions/facts",
        GITHUB,
        "WORKFLOW_SHA: ${{ job.workflow_sha }}",
        "WORKFLOW_SHA: ${{ github.sha }}",
    ),
    change(
        "expressions/facts",
        GITHUB,
        "          MODE: ",
        "          GITHUB_TOKEN: ${{ github.token }}\n          MODE: ",
    ),
    change("expressions/facts", SIGN, "MODE: digests", "MODE: ${{ inputs.artifact-name }}"),
    change(
        "expressions/facts",
        GITHUB,
        "          number=0\n",
        "          number=0\n          echo PATH=x >> \"$GITHUB_ENV\"\n",
    ),
    // ---- command
    change("command/pinned", GITHUB, "CRETULA_URL: https://", "CRETULA_URL: http://"),
    change(
        "command/pinned",
        GITHUB,
        "CRETULA_URL: https://",
        "CRETULA_URL: https://downloads.example/latest/cretula # ",
    ),
    change("command/pinned", GITHUB, "CRETULA_SHA256: \"", "CRETULA_SHA256: \"0"),
    change("command/pinned", GITHUB, " --proto-redir '=https'", ""),
    change("command/pinned", GITHUB, " --max-filesize 134217728", ""),
    change(
        "command/order",
        GITHUB,
        " | sha256sum --check --strict --quiet\n          chmod",
        " | sha256sum --check --quiet\n          chmod",
    ),
    change(
        "command/order",
        GITHUB,
        " | sha256sum --check --strict --quiet\n          chmod",
        " | sha256sum --check --strict --quiet || true\n          chmod",
    ),
    change(
        "command/order",
        GITHUB,
        "          number=0\n",
        "          number=0\n          chmod 0700 ./cretula\n",
    ),
    change("command/options", GITHUB, "--event event.json", "--event event.json --facts facts.json"),
    change("command/options", GITHUB, "--config cretula.json", "--config ../cretula.json"),
    change("command/options", GITLAB, "--token -", "--token - --predicate p.json"),
    // ---- configuration
    change("configuration/inside", GITHUB, "predicates: [\"provenance\"]", "predicates: [env.PREDICATE]"),
    change("configuration/inside", GITHUB, "jq --null-input '{", "jq '{"),
    change(
        "configuration/inside",
        GITHUB,
        "            buildTypes: [],\n",
        "            buildTypes: input,\n",
    ),
    change(
        "configuration/inside",
        GITHUB,
        "          cd \"$RUNNER_TEMP\"\n          ./",
        "          cat own > \"$RUNNER_TEMP/cretula.json\"\n          cd \"$RUNNER_TEMP\"\n          ./",
    ),
    change("configuration/inside", GITLAB, "\"profile\": \"public-v2\"", "\"profile\": \"$PROFILE\""),
    change("configuration/inside", GITLAB, "\"profile\": \"public-v2\"", "\"profile\": \"`cat own`\""),
    change(
        "configuration/inside",
        GITLAB,
        "      cat > cretula.json <<CONFIG\n",
        "      cat > cretula.json <<OWN\n",
    ),
    change("configuration/signer", GITHUB, "digests: [env.WORKFLOW_SHA]", "digests: []"),
    change("configuration/signer", GITHUB, "                requireHosted: true,\n", ""),
    change("configuration/signer", GITHUB, "^[0-9a-f]{40}$ && -n", "^[0-9a-f]*$ && -n"),
    change("configuration/builder", GITHUB, "builderId: \"claim\"", "builderId: env.MODE"),
    change("configuration/builder", GITHUB, "builderId: \"claim\"", "builderId: \"https://builder.example\""),
    change("configuration/builder", GITLAB, "\"builderId\": \"https://", "\"builderId\": \"$CRETULA_SERVER/"),
    // ---- GitLab
    change("gitlab/documents", GITLAB, "spec:\n", "spec:\n  description: x\n"),
    change("gitlab/image", GITLAB, "name: $[[ inputs.image ]]", "name: debian:13"),
    change("gitlab/image", GITLAB, "    entrypoint: [\"\"]\n", ""),
    change("gitlab/image", GITLAB, "@sha256:[0-9a-f]{64}$\n", "$\n"),
    change("gitlab/image", GITLAB, "/cretula@sha256:", "/cretula:"),
    change("gitlab/inherit", GITLAB, "    default: false\n", "    default: true\n"),
    change("gitlab/inherit", GITLAB, "    variables: false\n", ""),
    change("gitlab/source", GITLAB, "GIT_STRATEGY: none", "GIT_STRATEGY: clone"),
    change("gitlab/source", GITLAB, "      cd \"$(mktemp -d)\"\n", ""),
    change("gitlab/source", GITLAB, "      - bundle.sigstore.json\n", "      - .\n"),
    change("gitlab/audience", GITLAB, "aud: sigstore", "aud: [sigstore, cretula]"),
    change(
        "gitlab/audience",
        GITLAB,
        "    SIGSTORE_ID_TOKEN:\n",
        "    VAULT_ID_TOKEN: {aud: vault}\n    SIGSTORE_ID_TOKEN:\n",
    ),
    change(
        "gitlab/interpolation",
        GITLAB,
        "  artifacts:\n    paths",
        "  artifacts:\n    name: $[[ inputs.stage ]]\n    paths",
    ),
    change("keys/known", GITLAB, "GIT_STRATEGY: none", "GIT_STRATEGY: none\n    SSL_CERT_FILE: own.pem"),
    change("image/isolation", IMAGE, "--pull --iidfile", "--pull --network=host --iidfile"),
    change("image/isolation", IMAGE, "--pull --iidfile", "--pull --secret id=t,env=T --iidfile"),
    change(
        "image/isolation",
        IMAGE,
        "      - name: Build\n",
        "      - name: Build\n        env: {GITHUB_TOKEN: \"1\"}\n",
    ),
    change(
        "scripts/subjects",
        GITHUB,
        "          number=0\n",
        "          number=0\n          arguments+=(--key=own)\n",
    ),
    change("scripts/subjects", GITLAB, "      umask 077\n", "      umask 077\n      set -- --key=own\n"),
    change(
        "expressions/facts",
        GITHUB,
        "          number=0\n",
        "          number=0\n          export SSL_CERT_FILE=x\n",
    ),
    change(
        "configuration/inside",
        GITHUB,
        "          number=0\n",
        "          number=0\n          cp own \"$RUNNER_TEMP\"/cretula.json\n",
    ),
    change("configuration/inside", GITLAB, "      set --\n", "      cp own cretula.json\n      set --\n"),
    change(
        "gitlab/interpolation",
        GITLAB,
        "CRETULA_SERVER: $[[ inputs.server ]]",
        "CRETULA_SERVER: $[[ inputs.server | expand_vars ]]",
    ),
    change("gitlab/interpolation", GITLAB, "regex: ^https://[A-Za-z0-9.-]+(:[0-9]+)?$", "regex: https://.+"),
];

fn shipped(kind: Kind) -> String {
    let (path, _) = SHIPPED.into_iter().find(|(_, of)| *of == kind).expect("a file of each kind");
    read_shipped(path).expect("the file is readable")
}

#[test]
fn shipped_files_keep_every_promise() {
    for (path, kind) in SHIPPED {
        let text = read_shipped(path).expect("the file is readable");
        let file = File::parse(kind, &text).expect("the file is YAML");
        assert_eq!(lint(&file), [], "{path}");
    }
}

#[test]
fn every_change_is_refused_by_its_rule_alone() {
    let mut wrong = Vec::new();
    for (index, mutation) in MUTATIONS.iter().enumerate() {
        for kind in mutation.kinds {
            let name = format!("{index} {} {kind:?} {:?}", mutation.rule, mutation.to);
            let text = shipped(*kind);
            if !text.contains(mutation.from) {
                wrong.push(format!("{name}: the text to change is not there"));
                continue;
            }
            let changed = text.replacen(mutation.from, mutation.to, 1);
            let file = match File::parse(*kind, &changed) {
                Ok(file) => file,
                Err(error) => {
                    wrong.push(format!("{name}: {error:?}"));
                    continue;
                }
            };
            let findings = lint(&file);
            let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).collect();
            if rules != BTreeSet::from([mutation.rule]) {
                wrong.push(format!("{name}: {findings:#?}"));
            }
            let lines = changed.lines().count();
            if findings.iter().any(|finding| finding.line == 0 || finding.line > lines) {
                wrong.push(format!("{name}: a line that is not there: {findings:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), MUTATIONS.len(), wrong.join("\n"));
}

/// Such a job breaks what every signing job promises as well, so this rule is not alone.
#[test]
fn a_second_job_with_id_tokens_is_refused() {
    let places = [
        (
            BuildImage,
            "      packages: write\n    outputs",
            "      packages: write\n      id-token: write\n    outputs",
        ),
        (SignDigests, "    permissions: {}\n", "    permissions: {id-token: write}\n"),
        (SignDigests, "    permissions:\n      id-token: write\n", "    permissions: {}\n"),
    ];
    for (kind, from, to) in places {
        let text = shipped(kind);
        assert!(text.contains(from), "{from}");
        let file = File::parse(kind, &text.replacen(from, to, 1)).expect("the file is YAML");
        let findings = lint(&file);
        assert!(findings.iter().any(|finding| finding.rule == "permissions/id-token"), "{findings:?}");
    }
}

#[test]
fn every_rule_has_a_change_for_every_file_that_promises_it() {
    for rule in RULES {
        for kind in rule.kinds {
            let is_tried = |one: &Mutation| one.rule == rule.name && one.kinds.contains(kind);
            assert!(MUTATIONS.iter().any(is_tried), "{} for {kind:?}: {}", rule.name, rule.promise);
        }
    }
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len());
    assert!(MUTATIONS.iter().all(|mutation| names.contains(mutation.rule)));
}
