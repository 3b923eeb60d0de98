// Reads questions as JSON lines on standard input and answers with the verdict of @sigstore/verify, one line each.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';

// The folder into which the lock file was installed is the first argument.
const load = createRequire(pathToFileURL(`${process.argv[2]}/package.json`));
const { bundleFromJSON } = load('@sigstore/bundle');
const { PublicKeyDetails, TrustedRoot } = load('@sigstore/protobuf-specs');
const { Verifier, toSignedEntity, toTrustMaterial } = load('@sigstore/verify');

const bytes = (text) => Buffer.from(text, 'base64');
const roots = new Map();

function trustedRoot(text) {
  if (text === null) {
    return TrustedRoot.fromJSON({});
  }
  if (!roots.has(text)) {
    roots.set(text, TrustedRoot.fromJSON(JSON.parse(bytes(text).toString('utf8'))));
  }
  return roots.get(text);
}

function managedKey({ der, details, start, end }) {
  const validFor = start || end
    ? { start: start ? new Date(start) : undefined, end: end ? new Date(end) : undefined }
    : undefined;
  const keyDetails = PublicKeyDetails[details ?? 'PUBLIC_KEY_DETAILS_UNSPECIFIED'];
  return { rawBytes: bytes(der), keyDetails, validFor };
}

function answersTo(key, hint) {
  return key !== null && (key.id === '' || key.id === hint);
}

function judge(question) {
  const key = question.key === null ? undefined : managedKey(question.key);
  const keys = new Proxy({}, { get: (_, hint) => answersTo(question.key, hint) ? key : undefined });
  const material = toTrustMaterial(trustedRoot(question.root), keys);
  const bundle = bundleFromJSON(JSON.parse(bytes(question.bundle).toString('utf8')));
  const artifact = question.artifact === null ? undefined : bytes(question.artifact);
  const verifier = new Verifier(material, {
    ctlogThreshold: question.sct,
    tlogThreshold: question.log,
    timestampThreshold: question.mode === 'none' ? 0 : Math.max(question.times, question.signedTimes),
  });
  verifier.verify(toSignedEntity(bundle, artifact), policy(question));
}

function policy({ identity, issuer }) {
  if (identity === null) {
    return undefined;
  }
  const literal = identity.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return {
    subjectAlternativeName: `^${literal}$`,
    ...(issuer === null ? {} : { extensions: { issuer } }),
  };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let reply = { accept: true };
  try {
    judge(JSON.parse(line));
  } catch (error) {
    reply = { accept: false, reason: `${error.code ?? error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
