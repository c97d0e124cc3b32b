namespace Workbench

open Argu
open Microsoft.FSharp.Quotations

/// The options of a union whose type is not asked for.
type OptionSet =
    {
        Names: string list
        /// The cases in force, boxed.
        Read: (string * string list) list -> obj
        Describe: obj -> (string * Json) list
        Help: unit -> (string * string) list
    }

/// A script as the command line knows it.
type ScriptFile =
    {
        Name: string
        Path: string
        Question: string
        /// The common options that it takes; it refuses the others, and no file of a run tells of them.
        Takes: string list
        /// Its defaults of the common options, by its own options in force.
        Common: obj list -> Common list
        Own: OptionSet list
        /// Other scripts that it starts, and whose text is a part of what it does.
        Others: string list
        /// The options of the example in its help, where a short run of it has others than usual.
        Example: string option
    }

/// What a command line asks of a script.
type Request =
    {
        Script: ScriptFile
        Common: Common list
        /// The script's own options in force, for each of its unions.
        Own: obj list
        /// Every setting under its option's name, for `config.json`.
        Settings: (string * Json) list
        /// The names of those that are not the script's defaults.
        Changed: string list
    }

    /// The value of a common option, where it is in force.
    member this.TryGet([<ReflectedDefinition>] case: Expr<'V -> Common>) : 'V option =
        Settings.tryGet this.Common case

    /// The value of a common option that has a default.
    member this.Get([<ReflectedDefinition>] case: Expr<'V -> Common>) : 'V =
        (Settings.tryGet this.Common case).Value

    member this.IsQuiet: bool = Settings.has this.Common <@ Common.Quiet @>
    member this.IsFromBest: bool = Settings.has this.Common <@ Common.From_Best @>
    member this.IsLogged: bool = Settings.has this.Common <@ Common.Tensorboard @>
    member this.IsOneFile: bool = Settings.has this.Common <@ Common.One_File @>
