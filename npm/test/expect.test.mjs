import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPolicy, CretulaError, expectRepository, verify } from "cretula";
import { publicGood } from "cretula/trust";
import { artifact, bundle } from "./support.mjs";

const request = { bundle, trust: publicGood, artifacts: [{ bytes: artifact }] };
const URL_OF_EXAMPLE = "https://github.com/prefix-dev/sigstore-example";

test("a repository is expected by name or address, letters in either case", async () => {
  for (const repository of [
    "prefix-dev/sigstore-example",
    "Prefix-Dev/Sigstore-Example",
    ` ${URL_OF_EXAMPLE}/ `,
    URL_OF_EXAMPLE.toUpperCase().replace("HTTPS", "https"),
  ]) {
    const policy = expectRepository(repository);
    assert.equal((await verify({ ...request, policy })).verified, true, repository);
  }
});

test("another repository, a longer name and another issuer are refused", async () => {
  for (const [repository, issuer] of [
    ["prefix-dev/sigstore"],
    ["prefix-dev/sigstore-example2"],
    ["prefix-dev/sigstore-example/sub"],
    ["someone/sigstore-example"],
    ["https://gitlab.com/prefix-dev/sigstore-example"],
    [URL_OF_EXAMPLE, "https://issuer.example"],
  ]) {
    const { verified, report } = await verify({
      ...request,
      policy: expectRepository(repository, issuer),
    });
    assert.equal(verified, false, repository);
    assert.equal(report.stage, "identity", repository);
  }
});

test("issuers of public forges are known, others have to be given", async () => {
  const issuerOf = (...args) => expectRepository(...args).signers.certificate.issuer;
  assert.equal(issuerOf("a/b"), "https://token.actions.githubusercontent.com");
  assert.equal(issuerOf("https://gitlab.com/group/sub/name"), "https://gitlab.com");
  assert.equal(issuerOf("https://git.example:8443/a/b", "https://i.example"), "https://i.example");
  for (const policy of [expectRepository("a/b"), expectRepository("https://gitlab.com/a/b/c")]) {
    assert.equal((await checkPolicy(policy)).schema, "cretula/policy/v1");
  }
});

test("what is no repository is an exception", () => {
  for (const wrong of [
    "",
    "name",
    "/name",
    "owner/",
    "owner/*",
    "owner/**",
    "../name",
    "owner/..",
    "owner/na me",
    "http://github.com/owner/name",
    "https://github.com/owner",
    "https://user@github.com/owner/name",
    "https://github.com/owner/name?x",
    "https://git.example/owner/name",
  ]) {
    assert.throws(
      () => expectRepository(wrong),
      (error) => error instanceof CretulaError && error.code === "host/expectation",
      wrong,
    );
  }
});
