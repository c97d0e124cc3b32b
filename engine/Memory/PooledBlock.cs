namespace Workbench.Engine;

/// <summary>Native memory from the pool for the length of a call: <c>using</c> returns it.</summary>
internal readonly unsafe ref struct PooledBlock<T> where T : unmanaged
{
    private readonly int sizeClass;

    internal PooledBlock(long count)
    {
        sizeClass = NativePool.ClassOf(checked(count * sizeof(T)));
        Start = (T*)NativePool.Rent(sizeClass);
    }

    internal T* Start { get; }

    public void Dispose() => NativePool.Return((byte*)Start, sizeClass);
}
