using System.Text;

namespace Workbench.Bench;

/// <summary>Lines of steps per second in an SVG picture; both axes are logarithmic.</summary>
internal static class ScalePlot
{
    private const int Width = 380, Height = 260, Left = 60, Top = 50, Bottom = 55, Gap = 90;

    /// <summary>Of the lines, in order.</summary>
    private static readonly string[] Colours = ["#1f5fa8", "#2e7d32", "#c2541a"];

    internal static string Draw(Panel[] panels, int threads)
    {
        var svg = new StringBuilder();
        var total = Left + panels.Length * (Width + Gap);
        svg.AppendLine($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {Top + Height + Bottom}" font-family="sans-serif" font-size="12" fill="#333">""");
        svg.AppendLine("""<rect width="100%" height="100%" fill="white"/>""");
        svg.AppendLine(Text(Left, 18, "start", $"Training steps of the VAE per second, {Table.Threads(threads)}"));

        for (var i = 0; i < panels.Length; i++)
            Add(svg, panels[i], Left + i * (Width + Gap));

        return svg.AppendLine("</svg>").ToString();
    }

    private static void Add(StringBuilder svg, Panel panel, int left)
    {
        var rates = panel.Lines.SelectMany(line => line.Rates).ToArray();
        var (low, high) = (Math.Floor(Math.Log10(rates.Min())), Math.Floor(Math.Log10(rates.Max())) + 1);
        var (first, last) = (panel.Values[0], Math.Max(panel.Values[^1], 2 * panel.Values[0]));
        double X(double value) => left + Width * Math.Log(value / first) / Math.Log((double)last / first);
        double Y(double rate) => Top + Height * (high - Math.Log10(rate)) / (high - low);

        for (var decade = low; decade <= high; decade++)
        {
            var rate = Math.Pow(10, decade);
            svg.AppendLine($"""<path d="M{left} {Y(rate):F1}h{Width}" stroke="#ddd"/>""");
            svg.AppendLine(Text(left - 8, Y(rate) + 4, "end", $"{rate:#,0.####}"));
        }

        foreach (var value in panel.Values)
            svg.AppendLine(Text(X(value), Top + Height + 18, "middle", $"{value}"));

        svg.AppendLine(Text(left + Width / 2, Top + Height + 40, "middle", $"{panel.Axis} ({panel.Rest})"));

        foreach (var (index, line) in panel.Lines.Index())
        {
            svg.AppendLine($"""<g fill="{Colours[index]}" font-weight="bold">{Text(left + Width, Top + 18 * (index + 1), "end", line.Name)}</g>""");
            Draw(svg, Colours[index], [.. panel.Values.Zip(line.Rates, (value, rate) => (X(value), Y(rate)))]);
        }
    }

    private static void Draw(StringBuilder svg, string colour, (double X, double Y)[] points)
    {
        var path = string.Join(" ", points.Select(point => $"{point.X:F1},{point.Y:F1}"));
        svg.AppendLine($"""<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>""");

        foreach (var (x, y) in points)
            svg.AppendLine($"""<circle cx="{x:F1}" cy="{y:F1}" r="3.5" fill="{colour}"/>""");
    }

    private static string Text(double x, double y, string anchor, string text) =>
        $"""<text x="{x:F1}" y="{y:F1}" text-anchor="{anchor}">{text}</text>""";
}
