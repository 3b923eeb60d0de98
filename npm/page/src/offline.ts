/** Keeps the page for use without a network; `told` gets a sentence for people once it is kept. */
export async function keepOffline(told: (sentence: string) => void): Promise<void> {
  // In development there is nothing to keep.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("./sw.js", { scope: "./" });
    await navigator.serviceWorker.ready;
    told("· ready to be used offline");
  } catch {
    // Private windows and odd hosts refuse it; the page works all the same while it is open.
  }
}
