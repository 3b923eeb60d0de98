// root.js is written by scripts/build.mjs from the trusted root that the command `cretula` carries.

/** TrustedRoot of the public-good Sigstore instance, byte for byte as published, as text. */
export declare const PUBLIC_GOOD_JSON: string;

/** Day of the release that it was taken from. */
export declare const PUBLIC_GOOD_DATE: string;
