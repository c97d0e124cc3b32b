namespace Workbench

open System.IO
open Argu

/// The settings of the `classifier` script beyond the common ones.
type ClassifierOptions =
    {
        /// Pixels by which training images are moved at most, each way.
        Shift: int
        /// What is left of the learning rate after each epoch.
        Decay: float
        /// A file that gets the weights.
        Weights: string option
    }

/// `ClassifierOptions` on the command line.
[<RequireQualifiedAccess>]
type ClassifierArgument =
    | [<Unique>] Shift of n: string
    | [<Unique>] Decay of x: string
    | [<Unique>] Weights of path: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Shift _ -> "pixels by which training images are moved at most, each way"
            | Decay _ -> "factor of the learning rate after each epoch"
            | Weights _ -> "safetensors file that gets the weights"

/// Defaults of these options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module ClassifierOptions =

    let defaults: ClassifierOptions =
        { Shift = 1
          Decay = 0.85
          Weights = None }

    let private settings (options: ClassifierOptions) =
        [ "shift", Json.Whole options.Shift
          "decay", Json.Real options.Decay
          "weights", Json.optional Json.Text options.Weights ]

    let private mostShift = Classifier.side - 1

    /// A file in a folder that is there: to find out only after the training would be a pity.
    let private writable (path: string) =
        let folder = Path.GetDirectoryName(Path.GetFullPath path)

        if Directory.Exists path then
            Error $"{path} is a folder: give the path of a file"
        elif not (Directory.Exists folder) then
            Error $"{folder} is no folder: make it first"
        else
            Ok(Some path)

    let private read (results: ParseResults<ClassifierArgument>) : ClassifierOptions =
        { Shift =
            Options.value
                results
                <@ ClassifierArgument.Shift @>
                (Value.wholeBetween 0 mostShift)
                defaults.Shift
          Decay = Options.value results <@ ClassifierArgument.Decay @> Value.factor defaults.Decay
          Weights =
            Options.value
                results
                <@ ClassifierArgument.Weights @>
                (Value.text >> Result.bind writable)
                defaults.Weights }

    /// What a `Script` needs to know.
    let own: OwnOptions<ClassifierArgument, ClassifierOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }
