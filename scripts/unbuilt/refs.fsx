// What a script finds before the first build in place of the list of assemblies: it says what is missing and ends.
namespace Workbench

/// The names that prelude.fsx uses, so that it compiles as far as here.
type Trained = Trained

module Printers =
    let tensor (_: Trained) = ""
    let dataset, parameters, history, state = tensor, tensor, tensor, tensor

module Unbuilt =
    eprintfn "error: the workbench is not built: run dotnet build -c Release in its folder first"
    exit 1
