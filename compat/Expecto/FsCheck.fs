namespace Expecto

open System
open FsCheck

/// How FsCheck's verdict on a property becomes a test's outcome.
module internal Property =

    let private counted n =
        if n = 1 then "1 test" else $"{n} tests"

    let private values (arguments: obj list) =
        arguments |> List.map (sprintf "%A") |> String.concat " "

    let private stamps (data: TestData) =
        let entry (percentage, classes) =
            let names = String.concat ", " classes
            $"{percentage}%% {names}"

        match data.Stamps |> Seq.map entry |> List.ofSeq with
        | [] -> ""
        | [ one ] -> $" ({one})\n"
        | many -> String.concat "\n" many + "\n"

    let private labels (data: TestData) =
        match List.ofSeq data.Labels with
        | [] -> ""
        | [ one ] -> $"Label of failing property: {one}\n"
        | many ->
            let all = String.concat " " many
            $"Labels of failing property (one or more is failing): {all}\n"

    let private shrinks (data: TestData) shrunk =
        if data.NumberOfShrinks = 0 then
            ""
        else
            $"\nShrunk {data.NumberOfShrinks} times to:\n\t{values shrunk}"

    let private dataOf result =
        match result with
        | TestResult.Passed(data, _)
        | TestResult.Failed(data, _, _, _, _, _, _)
        | TestResult.Exhausted data -> data

    /// Nothing for a passed property; an exception with the report for any other.
    let private judge focusBy name result =
        match result with
        | TestResult.Passed _ -> ()
        | TestResult.Failed(_, _, _, Outcome.Failed(:? IgnoreException as skip), _, _, _) ->
            raise skip
        | TestResult.Failed(data, original, shrunk, outcome, first, last, size) ->
            String.concat
                ""
                [ $"Failed after {counted data.NumberOfTests}. "
                  $"Parameters:\n\t{values original}{shrinks data shrunk}\n"
                  $"Result:\n\t%A{outcome}\n"
                  labels data
                  stamps data
                  $"Original seed: (%A{first.Seed}, %A{first.Gamma})\n"
                  $"Focus on error:\n\t{focusBy} (%A{last.Seed}, %A{last.Gamma}, Some {size}) \"{name}\"" ]
            |> FailedException
            |> raise
        | TestResult.Exhausted data ->
            raise (FailedException $"Exhausted after {counted data.NumberOfTests}{stamps data}")

    let private runner focusBy name (config: FsCheckConfig) =
        { new IRunner with
            member _.OnStartFixture _ = ()

            member _.OnArguments(number, arguments, _) =
                config.receivedArgs config name number arguments |> Schedule.wait

            member _.OnShrink(arguments, _) =
                config.successfulShrink config name arguments |> Schedule.wait

            member _.OnFinished(checkedName, result) =
                let data = dataOf result

                config.finishedTest
                    config
                    checkedName
                    { Labels = data.Labels
                      NumberOfShrinks = data.NumberOfShrinks
                      NumberOfTests = data.NumberOfTests
                      Stamps = data.Stamps }
                |> Schedule.wait

                judge focusBy name result }

    /// A test case that checks the property; focusBy is the function that replays a failure.
    let testOf focusBy state own name property =
        let check (config: FsCheckConfig) =
            let replay =
                config.replay
                |> Option.map (fun (seed, gamma, size) -> { Rnd = Rnd(seed, gamma); Size = size })

            let settings =
                Config.Default
                    .WithName(name)
                    .WithMaxTest(config.maxTest)
                    .WithStartSize(config.startSize)
                    .WithEndSize(config.endSize)
                    .WithReplay(replay)
                    .WithArbitrary(config.arbitrary)
                    .WithQuietOnSuccess(true)
                    .WithRunner(runner focusBy name config)

            async { Check.One(settings, property) }

        let testConfig, stressConfig = Option.map fst own, Option.map snd own
        TestLabel(name, TestCase(AsyncFsCheck(testConfig, stressConfig, check), state), state)

    let replayed stdGen (config: FsCheckConfig) = { config with replay = Some stdGen }

/// Properties as tests. A property returns bool, unit, Property, Async or Task, and takes any arguments
/// that FsCheck can generate.
[<AutoOpen>]
module ExpectoFsCheck =

    let testPropertyWithConfigs testConfig stressConfig name =
        Property.testOf "etestPropertyWithConfigs" Normal (Some(testConfig, stressConfig)) name

    let ptestPropertyWithConfigs testConfig stressConfig name =
        Property.testOf "etestPropertyWithConfigs" Pending (Some(testConfig, stressConfig)) name

    let ftestPropertyWithConfigs testConfig stressConfig name =
        Property.testOf "etestPropertyWithConfigs" Focused (Some(testConfig, stressConfig)) name

    let etestPropertyWithConfigs stdGen testConfig stressConfig name =
        let own = Property.replayed stdGen testConfig, Property.replayed stdGen stressConfig
        Property.testOf "etestPropertyWithConfigs" Focused (Some own) name

    let testPropertyWithConfigsStdGen stdGen testConfig stressConfig name =
        let own = Property.replayed stdGen testConfig, Property.replayed stdGen stressConfig
        Property.testOf "testPropertyWithConfigsStdGen" Normal (Some own) name

    /// A property under settings of its own, which the command line does not change.
    let testPropertyWithConfig config name =
        Property.testOf "etestPropertyWithConfig" Normal (Some(config, config)) name

    let ptestPropertyWithConfig config name =
        Property.testOf "etestPropertyWithConfig" Pending (Some(config, config)) name

    let ftestPropertyWithConfig config name =
        Property.testOf "etestPropertyWithConfig" Focused (Some(config, config)) name

    /// The focused property, starting at (seed, gamma, size).
    let etestPropertyWithConfig stdGen config name =
        let own = Property.replayed stdGen config
        Property.testOf "etestPropertyWithConfig" Focused (Some(own, own)) name

    /// The property, starting at (seed, gamma, size) every time.
    let testPropertyWithConfigStdGen stdGen config name =
        let own = Property.replayed stdGen config
        Property.testOf "testPropertyWithConfigStdGen" Normal (Some(own, own)) name

    /// A property checked on 100 cases, or as many as `--fscheck-max-tests` says.
    let testProperty name =
        Property.testOf "etestProperty" Normal None name

    let ptestProperty name =
        Property.testOf "etestProperty" Pending None name

    let ftestProperty name =
        Property.testOf "etestProperty" Focused None name

    /// The focused property, starting at (seed, gamma, size): what a failure's report asks for.
    let etestProperty stdGen name =
        let own = Property.replayed stdGen FsCheckConfig.defaultConfig
        Property.testOf "etestProperty" Focused (Some(own, own)) name

/// Properties as tests, for C#.
type FsCheck =
    static member Property(name: string, property: Func<_, bool>) =
        testProperty name property.Invoke

    static member Property(name: string, property: Func<_, _, bool>) =
        testProperty name (fun a b -> property.Invoke(a, b))

    static member Property(name: string, property: Func<_, _, _, bool>) =
        testProperty name (fun a b c -> property.Invoke(a, b, c))

    static member Property(name: string, property: Func<_, _, _, _, bool>) =
        testProperty name (fun a b c d -> property.Invoke(a, b, c, d))
