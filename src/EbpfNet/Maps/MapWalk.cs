namespace EbpfNet;

/// <summary>
/// One walk with a <see cref="MapCursor"/>, which is used again afterwards: <c>foreach</c> allocates nothing. A copy that outlives its walk finds no
/// element, instead of disturbing the next one.
/// </summary>
internal readonly struct MapWalk : IDisposable
{
    /// <summary>Cursors that wait for their next walk: as many as walks were ever within each other.</summary>
    [ThreadStatic]
    private static MapCursor? _spare;

    private readonly MapCursor? _cursor;
    private readonly int _number;

    private MapWalk(MapCursor cursor)
    {
        _cursor = cursor;
        _number = cursor.WalkNumber;
    }

    /// <summary>The cursor on the element that the walk has reached.</summary>
    /// <exception cref="InvalidOperationException">The walk has not begun, or has ended.</exception>
    public MapCursor Element
    {
        get
        {
            if (!IsLive || !_cursor!.IsOnElement)
            {
                MapErrors.ThrowNoElement();
            }

            return _cursor!;
        }
    }

    private bool IsLive => _cursor is not null && _cursor.WalkNumber == _number;

    public static MapWalk Begin(BpfMap map, int valueSize)
    {
        MapCursor cursor = _spare ?? new MapCursor();
        _spare = cursor.NextSpare;
        cursor.NextSpare = null;
        cursor.Begin(map, valueSize);
        return new MapWalk(cursor);
    }

    public bool MoveNext() => IsLive && _cursor!.MoveNext();

    public void Dispose()
    {
        if (IsLive)
        {
            _cursor!.End();
            _cursor.NextSpare = _spare;
            _spare = _cursor;
        }
    }
}
