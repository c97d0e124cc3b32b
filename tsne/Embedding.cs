namespace Workbench.NeighbourEmbedding;

/// <summary>Where the points are.</summary>
/// <param name="Positions">N x 2, row by row; only distances mean something.</param>
/// <param name="Kl">KL(P || Q) = sum of p ln (p / q) of the affinities among points (P) and among positions (Q, exact), in nats. Not finite
/// where a learning rate was so high that positions ran away.</param>
public sealed record Embedding(float[] Positions, double Kl);
