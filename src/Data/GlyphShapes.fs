namespace Workbench

open System
open System.Globalization

/// A point a pen passes: across and down, each in about 0..1. At a corner the pen turns sharply.
[<Struct>]
type internal PenPoint = { X: float; Y: float; Corner: bool }

/// How the ten digits are written: for each, several ways, each a few strokes through some points.
[<RequireQualifiedAccess>]
module internal GlyphShapes =
    let private point (text: string) =
        let corner = text.EndsWith '!'
        let numbers = text.TrimEnd('!').Split ','

        let percent (number: string) =
            Double.Parse(number, CultureInfo.InvariantCulture) / 100.0

        { X = percent numbers[0]
          Y = percent numbers[1]
          Corner = corner }

    let private stroke (text: string) = text.Split ' ' |> Array.map point

    /// A way to write a digit with how often it is chosen.
    let private way (often: int) (strokes: string list) =
        Array.replicate often (strokes |> List.map stroke |> List.toArray)

    /// In hundredths of the digit's height, from its upper left; `!` marks a corner.
    let private table =
        [| // 0: an oval from its top, a round one whose ends cross, a narrow one, one open at the top.
           [ way 4 [ "58,3 34,8 16,40 18,76 40,98 66,88 82,54 76,18 54,3" ]
             way 3 [ "62,8 40,2 16,28 10,64 30,96 60,94 84,64 84,28 62,4 44,10" ]
             way 2 [ "50,2 30,20 26,60 40,97 60,93 72,56 68,16 46,3" ]
             way 2 [ "48,6 24,22 14,60 34,96 64,92 82,58 74,20 56,1" ] ]
           // 1: a stroke, one with a flag, one with a flag and a foot.
           [ way 6 [ "50,0 50,50 50,100" ]
             way 3 [ "32,22 52,2! 51,50 50,100" ]
             way 1 [ "30,24 52,2! 52,50 51,98"; "28,99 52,98 78,99" ] ]
           // 2: a flat base, a looped one, a wavy one.
           [ way 3 [ "14,24 30,4 60,2 78,22 66,50 36,78 10,97! 45,94 88,96" ]
             way 3 [ "14,22 38,2 70,8 74,34 50,66 22,92 12,84 26,74 46,86 66,97 92,86" ]
             way 3 [ "12,30 30,6 64,4 76,28 54,62 16,94! 40,86 66,96 92,88" ] ]
           // 3: a sharp waist, a soft one, a flat top.
           [ way 4 [ "14,12 40,1 70,10 72,32 40,46! 74,54 82,78 56,98 26,98 8,86" ]
             way 3 [ "16,10 46,0 74,14 64,38 44,46 66,50 82,72 60,96 28,98 10,88" ]
             way 1 [ "16,4 46,4 78,4! 44,42! 74,50 82,76 58,98 28,98 12,88" ] ]
           // 4: open at the top, closed with a point, in one stroke.
           [ way 4 [ "24,6 12,52 34,62 88,52"; "74,4 68,50 62,100" ]
             way 2 [ "68,100 67,50 66,2! 38,34 8,66! 50,66 94,64" ]
             way 2 [ "18,10 16,46 38,56 68,44 78,8! 72,50 66,100" ]
             way 2 [ "30,2 20,30 8,56! 50,57 90,54"; "62,26 60,60 56,100" ] ]
           // 5: body then hat, hat then body in one stroke, round like an S.
           [ way 4 [ "34,6 28,46! 50,38 76,52 78,80 50,99 14,90"; "34,6 60,7 88,3" ]
             way 3 [ "84,4 56,5 34,8! 26,46! 52,38 78,54 76,82 48,99 14,92" ]
             way 2 [ "84,2 48,8 28,34 56,46 76,68 58,94 14,94" ] ]
           // 6: a curved stem, a straight one, one that begins with a hook.
           [ way 4 [ "68,2 38,24 18,60 24,92 52,98 76,80 66,58 40,58 22,76" ]
             way 3 [ "50,0 30,36 18,74 38,98 68,90 72,66 46,58 20,76" ]
             way 1 [ "76,12 58,2 30,26 16,66 34,97 68,88 70,62 42,58 20,76" ] ]
           // 7: plain, with a bar, with a hook at the left, with a round shoulder.
           [ way 4 [ "14,8 48,8 84,6! 64,44 46,100" ]
             way 2 [ "14,8 48,8 84,6! 64,46 46,100"; "36,54 60,52 84,50" ]
             way 2 [ "12,24 16,6! 50,10 84,4! 58,48 46,100" ]
             way 3 [ "12,14 40,4 76,6 72,34 54,66 44,100" ] ]
           // 8: one stroke in the shape of an S and back, two rings, an open top.
           [ way 4 [ "74,14 50,2 24,16 32,38 58,52 76,76 52,98 24,80 36,56 62,38 76,14" ]
             way
                 2
                 [ "50,2 26,14 28,38 50,46 72,36 72,12 46,2"
                   "50,46 22,62 24,92 52,99 78,88 76,60 48,46" ]
             way 3 [ "82,8 56,2 28,16 36,40 66,56 74,84 46,99 22,82 38,56 66,34 80,8" ] ]
           // 9: a ring and a straight stem, a curved tail, a small ring on a long stem.
           [ way 4 [ "74,18 50,4 22,18 20,42 44,52 70,38 76,12! 74,56 66,100" ]
             way 2 [ "76,18 48,3 20,22 24,46 52,50 76,22! 78,66 56,97 24,94" ]
             way 3 [ "70,12 42,4 20,24 30,44 58,38 72,6! 66,52 54,100" ] ] |]
        |> Array.map Array.concat

    /// One way to write `digit`, by how common it is.
    let choose (random: SplitMix) (digit: int) : PenPoint[][] =
        let ways = table[digit]
        ways[random.Below ways.Length]
