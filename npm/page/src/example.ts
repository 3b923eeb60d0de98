import artifactUrl from "../../../host/wasmtime/data/signed-package-2.1.0-hb0f4dca_0.conda?url";
import bundleUrl from "../../../host/wasmtime/data/signed-package-2.1.0-hb0f4dca_0.conda.sigstore.json?url";

const NAME = "signed-package-2.1.0-hb0f4dca_0.conda";

/** Repository that signed the example. */
export const EXAMPLE_REPOSITORY = "prefix-dev/sigstore-example";

/** A real package with its bundle, which lie beside this page. */
export async function exampleFiles(): Promise<readonly File[]> {
  return [await load(artifactUrl, NAME), await load(bundleUrl, `${NAME}.sigstore.json`)];
}

async function load(url: string, name: string): Promise<File> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the example was answered with ${response.status}`);
  return new File([await response.arrayBuffer()], name);
}
