using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Instructions;

namespace EbpfNet.Kernel;

/// <summary>Whether the kernel goes by tags on the parameters of global functions.</summary>
internal static unsafe class ContextTagProbe
{
    /// <summary>What a parameter that is the program's context is tagged with.</summary>
    public const string Tag = "arg:ctx";

    /// <summary>A tag says that a parameter is the program's context, whatever its type (Linux 6.8).</summary>
    public static readonly FeatureProbe ContextTags = new(Try);

    private static FeatureAnswer Try()
    {
        // A static function is verified with its caller, so that its parameter's type does not matter.
        BpfErrno global = Try(BtfFunctionLinkage.Global);
        return global == BpfErrno.None ? FeatureAnswer.Yes
            : Try(BtfFunctionLinkage.Static) == BpfErrno.None ? FeatureAnswer.No
            : FeatureAnswer.Inconclusive;
    }

    private static BpfErrno Try(BtfFunctionLinkage linkage)
    {
        var types = new BtfBuilder(bigEndian: !BitConverter.IsLittleEndian);
        BtfTypeId prototype = types.AddFunctionPrototype(types.AddInt("int", 4, BtfIntEncoding.Signed), false, new BtfParameter("ctx", types.AddPointer(default)));
        BtfTypeId main = types.AddFunction("main", prototype, BtfFunctionLinkage.Static);
        BtfTypeId called = types.AddFunction("called", prototype, linkage);
        types.AddDeclTag(Tag, called, 0);
        fixed (byte* data = types.ToArray())
        {
            var load = new BtfLoadAttribute { Btf = data, BtfSize = (uint)types.ToArray().Length };
            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.BtfLoad, &load, out BpfHandle? handle);
            if (handle is null)
            {
                return error;
            }

            using (handle)
            {
                return TryProgram(handle, main, called);
            }
        }
    }

    private static BpfErrno TryProgram(BpfHandle types, BtfTypeId main, BtfTypeId called)
    {
        const int CalledSlot = 2;
        BpfInstruction[] code =
        [
            new(BpfOpcode.Call, source: (BpfRegister)BpfPseudoCall.Function, immediate: CalledSlot - 1), new(BpfOpcode.Exit),
            .. new BpfAssembler().Mov64(BpfRegister.R0, 0).Exit().ToArray(),
        ];
        uint* functions = stackalloc uint[] { 0, main.Value, CalledSlot, called.Value };
        byte* license = stackalloc byte[] { 0 };
        using BpfHandle.Lease fd = types.Acquire();
        fixed (BpfInstruction* instructions = code)
        {
            var program = new ProgramLoadAttribute
            {
                ProgType = BpfProgramType.SocketFilter,
                Insns = instructions,
                InsnCnt = (uint)code.Length,
                License = license,
                ProgBtfFd = fd.Fd,
                FuncInfo = functions,
                FuncInfoCnt = 2,
                FuncInfoRecSize = 2 * sizeof(uint),
            };
            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &program, out BpfHandle? handle);
            handle?.Dispose();
            return error;
        }
    }
}
