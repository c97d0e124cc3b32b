using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>What an elementwise operator says of itself to the drivers.</summary>
internal interface IElementOp
{
    /// <summary>Rough price of an element, an addition being 1: decides how long a span must be before it is worth sharing among threads.</summary>
    static virtual int Cost => 1;
}

/// <summary>y = f(x), element by element. The scalar form is the specification, the vector form the fast one. An operator may carry parameters.</summary>
internal interface IUnaryOp<T> : IElementOp where T : unmanaged
{
    Vector512<T> Invoke(Vector512<T> x);
    T Invoke(T x);
}

/// <summary>f(x, y), element by element.</summary>
internal interface IBinaryOp<T> : IElementOp where T : unmanaged
{
    Vector512<T> Invoke(Vector512<T> x, Vector512<T> y);
    T Invoke(T x, T y);
}

/// <summary>f(x, y, z), element by element.</summary>
internal interface ITernaryOp<T> : IElementOp where T : unmanaged
{
    Vector512<T> Invoke(Vector512<T> x, Vector512<T> y, Vector512<T> z);
    T Invoke(T x, T y, T z);
}

/// <summary>A test of x against y. The vector form returns all bits set in the lanes where it holds.</summary>
internal interface ICompareOp<T> where T : unmanaged
{
    Vector512<T> Invoke(Vector512<T> x, Vector512<T> y);
    bool Invoke(T x, T y);
}
