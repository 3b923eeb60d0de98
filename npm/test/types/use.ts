// Compiled, never run: right use compiles, and wrong use does not where types can say so.
import { type Demand, type Verification, verify, verifyFile } from "cretula";
import * as inline from "cretula/inline";
import { open } from "cretula/slim";
import { publicGood } from "cretula/trust";
import { attest, type AttestHost, type AttestOrder } from "cretula/attest";

declare const bundle: Uint8Array;
const signers = {
  certificate: { issuer: "https://issuer.example", san: "https://signer.example" },
};
const schema = "cretula/policy/v1";
const policy: Demand = { schema, signers };
const digest = "sha256:00";

// Right use.
const result: Verification = await verify({
  bundle,
  trust: publicGood,
  policy,
  artifacts: [digest, { bytes: bundle }, { digests: { sha512: "00" } }],
});
if (result.verified) result.report.verdict satisfies "verified";
else result.report.code satisfies string;
await verify({ bundle: "{}", trust: { roots: [publicGood, "{}"] }, policy: { schema, signers } });
await verify({ bundle, trust: { keys: [{ id: "", key: "" }] }, policy: '{"schema":"…"}' });
await verify({ bundle, trust: publicGood, policy: { schema, dangerous: { anySigner: true } } });
await verifyFile(new Blob([]), {
  bundle,
  trust: publicGood,
  policy,
  onProgress: (bytes, total) => [bytes, total],
});
await inline.verifyFile(new ReadableStream<Uint8Array>(), { bundle, trust: publicGood, policy });
(await open(bundle)).portable.verify(bundle) satisfies Uint8Array;

// A policy that does not say who may sign.
const known = { bundle, trust: publicGood };
// @ts-expect-error signers are missing
await verify({ ...known, policy: { schema } });
// @ts-expect-error false is no choice
await verify({ ...known, policy: { schema, dangerous: { anySigner: false } } });
// @ts-expect-error the policy is missing
await verify({ ...known });
// @ts-expect-error trust is missing
await verify({ bundle, policy });

// Typos.
// @ts-expect-error signer is not a member
await verify({ ...known, policy: { schema, signers, signer: signers } });
// @ts-expect-error isuer is not a member
await verify({ ...known, policy: { schema, signers: { certificate: { isuer: "x" } } } });
// @ts-expect-error another version
await verify({ ...known, policy: { schema: "cretula/policy/v2", signers } });
// @ts-expect-error not a preset
await verify({ ...known, policy: { schema, signers, preset: "public" } });
// @ts-expect-error a threshold is a number
await verify({ ...known, policy: { schema, signers, evidence: { log: { threshold: "1" } } } });

// Values of another kind.
// @ts-expect-error a bundle is not parsed
await verify({ ...known, bundle: JSON.parse("{}") as object, policy });
// @ts-expect-error a digest names its algorithm
await verify({ ...known, policy, artifacts: ["00ff"] });
// @ts-expect-error files bring their digests themselves
await verifyFile(new Blob([]), { ...known, policy, artifacts: [digest] });
// @ts-expect-error a promise is no verdict
if (verify({ ...known, policy }).verified) throw 1;

// Signing.
declare const cretula: Awaited<ReturnType<typeof open>>;
declare const order: AttestOrder;
declare const host: AttestHost;
(await attest(cretula, order, host)).bundle satisfies Uint8Array;
// @ts-expect-error the audit hook is required
await attest(cretula, order, {});
// @ts-expect-error there is no access to the steps of signing without the guard
cretula.portable.begin(bundle);
// @ts-expect-error facts of a tenant
await attest(cretula, { ...order, facts: { origin: "tenant" } }, host);
