namespace EbpfNet;

/// <summary>What a reader of rings that overwrite their oldest records has to say to those who write them.</summary>
internal interface IPerfWriting
{
    /// <summary>Stops the programs' writing into a ring, or lets it go on. Programs that have begun a record finish it.</summary>
    void Pause(PerfRing ring, bool paused);

    /// <summary>Waits until no program is at a record that it began before a ring was paused.</summary>
    void WaitForWriters();
}
