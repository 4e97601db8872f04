/** Stands for Node's modules, which RDKit's file asks for where it runs in Node and nowhere else. */
export default {};
