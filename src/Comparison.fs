namespace Workbench

/// Settings beside one another: which differs from the best by more than seeds do. What has nothing to show is left out.
[<RequireQualifiedAccess>]
module Comparison =

    /// Columns of the first table, for which a desk has room; charts of each kind; settings in one chart.
    let private mostColumns, private mostCharts, private mostSettings = 6, 4, 10

    let private varied (groups: SeedGroup list) =
        groups |> List.tryHead |> Option.map _.Varied |> Option.defaultValue []

    let private seeds (group: SeedGroup) =
        let count isCounted =
            group.Points |> List.filter isCounted |> List.length

        let finished = group.Finished.Length
        let failed = count (fun point -> point.Ending.IsFailed)
        let interrupted = count (fun point -> point.Ending = Ending.Interrupted)

        [ (if finished = 1 then "1 (no deviation)" else string finished)
          if failed > 0 then
              $"{failed} failed"
          if interrupted > 0 then
              $"{interrupted} interrupted" ]
        |> String.concat ", "

    /// A mark stays beside its value.
    let private marked (mark: string) (spread: Spread) = $"{mark}\u00a0{Spread.told spread}"

    /// The mean and its deviation, marked where it is the best or, by Welch's test, not told from the best.
    let private cell (figure: string) (best: Spread option) (group: SeedGroup) =
        match group.Spread figure, best with
        | None, _ -> "–"
        | Some spread, Some best when spread.Mean = best.Mean -> marked "★" spread
        | Some spread, Some best when Spread.isWithin spread best = Some true -> marked "≈" spread
        | Some spread, _ -> Spread.told spread

    let private marks (groups: SeedGroup list) =
        let rule =
            "≈ one whose difference from it is within the seeds' spread: Welch's t-test of both means, two-sided, does not find it at 5 % (there is no correction for many comparisons)."

        [ if groups.Length > 1 then
              "★ is the best mean of a figure that has a better direction (↓ lower, ↑ higher)"

              if groups |> List.exists (fun group -> group.Finished.Length > 1) then
                  $"; {rule} An unmarked one of several seeds differs from the best by more"
          else
              "↓ lower is better, ↑ higher"
          "." ]
        |> String.concat ""

    let private caption (groups: SeedGroup list) =
        [ "Final figures: the mean ± the standard deviation over seeds, of runs that finished."
          marks groups
          match groups |> List.filter (fun group -> group.Finished.Length = 1) with
          | [] -> ()
          | alone when alone.Length = groups.Length ->
              "With one seed a setting there is no spread: which differences are real cannot be said."
          | _ -> "Where one of the two has a single seed, nothing can be said." ]
        |> String.concat " "

    let private table caption (groups: SeedGroup list) (figures: string list) =
        let heading =
            match varied groups with
            | [] -> "settings"
            | names -> String.concat ", " names

        let columns =
            figures
            |> List.map (fun figure -> cell figure (SeedGroup.tryBest figure groups))

        Section.Table(
            caption,
            heading :: "seeds" :: List.map FigureNames.title figures,
            [ for group in groups ->
                  group.Values :: seeds group :: [ for column in columns -> column group ] ]
        )

    /// Lesser figures that differ nowhere are the data's, and tell nothing of settings.
    let private tables (groups: SeedGroup list) (figures: string list) =
        let isTold figure =
            not (FigureNames.isLesser figure)
            || groups |> List.choose _.Spread(figure) |> List.distinctBy _.Mean |> List.length > 1

        let lesser, told =
            figures |> List.filter isTold |> List.partition FigureNames.isLesser

        let first, others = told |> List.splitAt (min mostColumns told.Length)

        [ first; others @ lesser ]
        |> List.filter (List.isEmpty >> not)
        |> List.mapi (fun index figures ->
            let caption = if index = 0 then caption groups else "Other figures, likewise."
            table caption groups figures)

    /// Charts of one kind under what is to be known of them, where there are any.
    let private titled (words: string list) (charts: Section list) =
        [ if not (charts.IsEmpty || words.IsEmpty) then
              Section.Words(String.concat " " words)
          yield! charts ]

    let private haveSpread (groups: SeedGroup list) =
        groups |> List.exists (fun group -> group.Finished.Length > 1)

    /// The settings that a chart has room for: the best ones by the first figure, in their order.
    let private chosen (groups: SeedGroup list) (figures: string list) =
        let better =
            figures
            |> List.tryPick (fun name ->
                FigureNames.better name |> Option.map (fun way -> name, way))

        match better with
        | Some(figure, way) when groups.Length > mostSettings ->
            let place (group: SeedGroup) =
                match group.Spread figure with
                | Some spread -> if way = Lower then spread.Mean else -spread.Mean
                | None -> infinity

            let best = groups |> List.sortBy place |> List.truncate mostSettings

            groups
            |> List.filter (fun group ->
                best |> List.exists (fun one -> one.Settings = group.Settings)),
            [ $"The best {mostSettings} of {groups.Length} settings by {Sections.readable figure}." ]
        | _ when groups.Length > mostSettings ->
            List.truncate mostSettings groups,
            [ $"The first {mostSettings} of {groups.Length} settings." ]
        | _ -> groups, []

    let private courses (groups: SeedGroup list) (figures: string list) =
        let groups, which = chosen groups figures

        let named =
            groups
            |> List.collect _.Finished
            |> List.collect (_.Epochs >> List.truncate 1 >> List.concat)
            |> List.map fst
            |> List.distinct
            |> List.filter ((<>) "epoch")
            |> FigureNames.ordered

        let words =
            [ match varied groups with
              | [] -> ()
              | [ name ] -> $"A line's name is its {name}."
              | names -> $"""A line's name is its values of {String.concat ", " names}."""
              yield! which
              if haveSpread groups then
                  "Lines are means over seeds, with a band of one standard deviation to both sides." ]

        let courses =
            [ for figure in named do
                  let courses =
                      [ for group in groups do
                            match group.Course figure with
                            | [] -> ()
                            | points -> group, points ]

                  if courses.Length >= min 2 groups.Length then
                      Sections.readable figure, courses ]

        [ for title, courses in List.truncate mostCharts courses ->
              Section.Chart($"{title} over epochs", SeedPlots.bands title courses) ]
        |> titled words

    /// Figures against a setting; where a second one varies, a line for each of its values. The axis is that of numbers, and of more
    /// values.
    let private effects (groups: SeedGroup list) (figures: string list) =
        let values (name: string) =
            groups |> List.map _.Value(name) |> List.distinct |> List.length

        match
            varied groups
            |> List.sortBy (fun name -> not (fst (SeedGroup.scale groups name)), -(values name))
        with
        | setting :: others when others.Length < 2 ->
            let areNumbers, place = SeedGroup.scale groups setting

            let lineOf (group: SeedGroup) =
                [ for other in others -> $"{other} {group.Value other}" ] |> String.concat ""

            [ for figure in List.truncate mostCharts figures do
                  let lines =
                      [ for name, groups in List.groupBy lineOf groups ->
                            name,
                            [ for group in groups do
                                  for spread in Option.toList (group.Spread figure) do
                                      place group, spread ]
                            |> List.sortBy (fun (place, _) -> place.Value) ]
                      |> List.filter (fun (_, points) -> not points.IsEmpty)

                  if not lines.IsEmpty then
                      let title = Sections.readable figure

                      Section.Chart(
                          $"{title} by {setting}",
                          SeedPlots.against setting title areNumbers lines
                      ) ]
            |> titled
                [ if haveSpread groups then
                      "Bars are one standard deviation over seeds to both sides." ]
        | _ -> []

    let private parallels (groups: SeedGroup list) (figures: string list) =
        let names = varied groups
        let figures = List.truncate 2 figures

        let whole =
            groups
            |> List.filter (fun group ->
                figures |> List.forall (fun figure -> (group.Spread figure).IsSome))

        if names.Length < 3 || figures.IsEmpty || whole.Length < 2 then
            []
        else
            [ Section.Words "A drag along an axis picks out the lines that cross it there."
              Section.Chart(
                  $"Every setting as a line, coloured by {Sections.readable figures.Head}",
                  SeedPlots.parallels
                      [ for name in names ->
                            name, List.map (snd (SeedGroup.scale groups name)) whole ]
                      [ for figure in figures ->
                            Sections.readable figure,
                            [ for group in whole -> (group.Spread figure).Value.Mean ] ]
              ) ]

    let private samples (groups: SeedGroup list) =
        let rows =
            [ for group in groups do
                  for point in List.truncate 1 group.Finished do
                      let picture =
                          [ "new"; "samples" ] |> List.tryPick (RunFiles.sample point.Folder)

                      for png in Option.toList picture do
                          group.Label, [ png ] ]

        [ if not rows.IsEmpty then
              Section.Rows("Images of each setting, of its first seed.", rows) ]

    /// The table with what seeds make of each figure, curves over epochs, figures against settings, and images. Points that failed or
    /// were interrupted are counted, and left out of all else.
    let sections (points: Point list) : Section list =
        let groups = SeedGroup.ofPoints points
        let figures = SeedGroup.shared groups
        let told = figures |> List.filter (FigureNames.isLesser >> not)

        [ if points |> List.exists _.IsFinished && told.IsEmpty then
              Section.Words "These runs have no figure in common by which to compare them."
          yield! tables groups figures
          yield! courses groups told
          yield! effects groups told
          yield! parallels groups told
          yield! samples groups ]
