// What every script loads: the assemblies of the last Release build, by the list that build wrote. Without one, fsi finds the
// list in unbuilt/, which says so and ends.
#I "../artifacts"
#I "unbuilt"
#load "refs.fsx"
