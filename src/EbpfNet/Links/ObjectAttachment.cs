namespace EbpfNet;

/// <summary>Attaches all of an object that says itself where.</summary>
internal static class ObjectAttachment
{
    public static BpfLinkCollection AttachAll(IEnumerable<BpfProgram> programs, IEnumerable<BpfStructOpsMap> structOps)
    {
        var links = new List<BpfLink>();
        try
        {
            foreach (BpfProgram program in programs)
            {
                if (SectionAttachment.FindObstacle(program, out Func<BpfLink>? attach) is null)
                {
                    links.Add(attach!());
                }
            }

            foreach (BpfStructOpsMap map in structOps)
            {
                links.Add(map.AttachStructOps());
            }

            return new BpfLinkCollection(links);
        }
        catch
        {
            new BpfLinkCollection(links).Dispose();
            throw;
        }
    }
}
