#!/usr/bin/env bash
# .NET 10.0.12 (SDK 10.0.401): double.ToString, whose result is documented to read back as the same number since .NET Core 3.0, leaves
# out a digit that matters of two powers of two, 2^-25 and 2^-958, of the 2,098 that a double can hold. "R", interpolated strings and
# System.Text.Json write the same digits; "G17" has them all. Of a million random doubles none is hurt, nor is any power of two as a
# float: the interval that rounds to a power of two is half as wide below it as above, which random numbers do not meet. A power of two
# is what a program picks itself: a tolerance, a step, a weight. Source: dotnet/runtime pull request 131131, which mends it for a later version.
#
# Seen:
#     2^-25: 2.980232238769531E-08 reads back as another number, 2.9802322387695312E-08 (G17) as the same
#     powers of two that do not come back: 2^-958 2^-25
#
# Exit code 0: so it is. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

cat > powers.fsx <<'FILE'
let invariant = System.Globalization.CultureInfo.InvariantCulture
let comes (format: string) (x: float) = System.Double.Parse(x.ToString(format, invariant), invariant) = x
let x = System.Math.ScaleB(1.0, -25)
let word format = $"{x.ToString(format, invariant)} " + (if comes format x then "the same" else "another")
printfn "%s" System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription
printfn "R: %s, G17: %s, JSON: %s" (word "R") (word "G17") (System.Text.Json.JsonSerializer.Serialize x)
[ -1074 .. 1023 ]
|> List.filter (fun power -> not (comes "R" (System.Math.ScaleB(1.0, power))))
|> List.map string
|> String.concat " "
|> printfn "powers: %s"
FILE

seen=$(dotnet fsi powers.fsx)
echo "$seen"
echo "$seen" | grep -q '^powers: -958 -25$'
