/** Of the rules by which names and relations are read, for hashes of pipelines: raised when the same model would say something else. */
export const READING_VERSION = "read/12";
