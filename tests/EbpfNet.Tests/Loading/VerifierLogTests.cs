using EbpfNet.Loading;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Loading;

public class VerifierLogTests
{
    private const string PacketLog = """
        0: R1=ctx() R10=fp0
        ; int f(struct xdp_md *ctx) @ drop.c:40
        0: (61) r1 = *(u32 *)(r1 +0)          ; R1_w=pkt(r=0)
        ; return data[12]; @ drop.c:42
        1: (71) r0 = *(u8 *)(r1 +12)
        invalid access to packet, off=12 size=1, R1(id=0,off=12,r=0)
        R1 offset is outside of the packet
        processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

        """;

    [Fact]
    public void The_last_instruction_before_the_complaint_is_the_refused_one()
    {
        VerifierLog log = VerifierLog.Parse(PacketLog);

        Assert.Equal(1, log.Instruction);
        Assert.Equal(["invalid access to packet, off=12 size=1, R1(id=0,off=12,r=0)", "R1 offset is outside of the packet"], log.Complaint);
        Assert.Equal("return data[12];", log.SourceText);
        Assert.Equal("drop.c:42", log.SourceLocation);
    }

    [Fact]
    public void Statistics_that_follow_a_message_on_its_line_are_not_of_it()
    {
        VerifierLog log = VerifierLog.Parse("5: (85) call pc+3\ninsn 5 cannot call exception cb directlyprocessed 10 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 0\n");

        Assert.Equal(["insn 5 cannot call exception cb directly"], log.Complaint);
        Assert.True(log.HasEnd);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("\nprocessed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n", false)]
    [InlineData("func 'f' arg0 has btf_id 5 type STRUCT 'x'\nprocessed 0 insns (limit 1000000)\n", true)]
    public void Statistics_alone_are_no_text(string text, bool hasText) => Assert.Equal(hasText, VerifierLog.Parse(text).HasText);

    [Fact]
    public void Source_comments_of_older_kernels_have_no_place()
    {
        VerifierLog log = VerifierLog.Parse("; x = y[i];\n7: (71) r0 = *(u8 *)(r1 +12)\nR1 invalid mem access 'inv'\nprocessed 8 insns\n");

        Assert.Equal("x = y[i];", log.SourceText);
        Assert.Null(log.SourceLocation);
        Assert.Equal(7, log.Instruction);
    }

    [Fact]
    public void Complaints_about_the_walk_name_their_instruction_themselves()
    {
        Assert.Equal(5, VerifierLog.Parse("unreachable insn 5\nprocessed 0 insns (limit 1000000)\n").Instruction);
        VerifierLog loop = VerifierLog.Parse("0: (61) r1 = *(u32 *)(r1 +24)\n1: (05) goto pc-1\ninfinite loop detected at insn 2\ncur state: R1=scalar() R10=fp0\nold state: R1=scalar() R10=fp0\nprocessed 4 insns\n");
        Assert.Equal(2, loop.Instruction);
        Assert.Equal(["infinite loop detected at insn 2"], loop.Complaint);
    }

    [Theory]
    [InlineData("from 3 to 5: R0=1 R10=fp0")]
    [InlineData("5: R0_w=map_value(ks=4,vs=8) R10=fp0")]
    [InlineData("12: frame1: R1=ctx()")]
    [InlineData("mark_precise: frame0: last_idx 3 first_idx 0 subseq_idx -1")]
    [InlineData("Func#1 ('f') is safe for any args that match its prototype")]
    [InlineData(" R0=inv1 R10=fp0")]
    [InlineData("from 4 to 7: safe")]
    [InlineData("stack depth 16")]
    public void Remarks_on_how_the_verifier_got_there_are_no_complaint(string remark)
    {
        VerifierLog log = VerifierLog.Parse($"4: (bf) r1 = r0\n{remark}\nR1 !read_ok\n{remark}\nprocessed 5 insns\n");

        Assert.Equal(["R1 !read_ok"], log.Complaint);
        Assert.Equal(4, log.Instruction);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("processed 0 insns (limit 1000000)")]
    public void A_log_without_words_has_no_complaint(string text)
    {
        VerifierLog log = VerifierLog.Parse(text);

        Assert.Empty(log.Complaint);
        Assert.Null(log.Instruction);
        Assert.Null(VerifierComplaints.Explain(log.Complaint, default));
    }

    [Fact]
    public void Any_text_is_read_without_an_error()
    {
        Prop.ForAll<string[]>(lines => VerifierLog.Parse(string.Join('\n', lines.Select(l => l ?? ""))).Text is not null).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("invalid access to packet, off=12 size=1, R1(id=0,off=12,r=0)\nR1 offset is outside of the packet", "data_end")]
    [InlineData("R0 invalid mem access 'map_value_or_null'", "register r0 may be NULL (the result of a map lookup)")]
    [InlineData("R1 type=map_value_or_null expected=fp, pkt, pkt_meta, map_key, map_value", "register r1 may be NULL")]
    [InlineData("R0 pointer arithmetic on map_value_or_null prohibited, null-check it first", "register r0 may be NULL")]
    [InlineData("invalid access to map value, value_size=32 off=56 size=8\nR0 max value is outside of the allowed memory range", "a map value of 32 bytes is accessed at offset 56")]
    [InlineData("R1 unbounded memory access, make sure to bounds check any such access", "register r1 is used as an offset or a size and has no proven upper limit")]
    [InlineData("R2 min value is negative, either use unsigned or 'var &= const'", "register r2 is used as an offset or a size and may be negative")]
    [InlineData("math between pkt pointer and register with unbounded min value is not allowed", "which may be negative, is added to a pointer to the packet")]
    [InlineData("At program exit the register R0 has unknown scalar value should have been in [0, 1]", "returns any number, and this hook allows only 0 to 1")]
    [InlineData("At program exit the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)", "returns 2, and this hook allows only 0 to 1")]
    [InlineData("At program exit the register R0 has smin=-4095 smax=2 should have been in [0, 3]", "returns -4095 to 2, and this hook allows only 0 to 3")]
    [InlineData("R9 !read_ok", "register r9 is read before anything was written")]
    [InlineData("unreachable insn 5", "no path leads")]
    [InlineData("infinite loop detected at insn 2", "never ends")]
    [InlineData("back-edge from insn 4 to 1", "never ends")]
    [InlineData("BPF program is too large. Processed 1000001 insn", "too complex")]
    [InlineData("The sequence of 8193 jumps is too complex.", "too complex")]
    [InlineData("unknown func bpf_trace_printk#6", "bpf_trace_printk cannot be called from a program of type BPF_PROG_TYPE_XDP")]
    [InlineData("program of this type cannot use helper bpf_probe_read#4", "bpf_probe_read cannot be called")]
    [InlineData("invalid func unknown#4711", "does not have helper number 4711")]
    [InlineData("invalid func unknown#181", "does not have bpf_loop")]
    [InlineData("cannot call GPL-restricted function from non-GPL compatible program", "the object's licence is 'Proprietary'")]
    [InlineData("combined stack size of 2 calls is 544. Too large", "use 544 bytes of stack")]
    [InlineData("invalid write to stack R10 off=-520 size=8", "512 bytes")]
    [InlineData("invalid read from stack R10 off -8+0 size 8", "that nothing wrote")]
    [InlineData("invalid indirect read from stack R2 off -8+4 size 8", "that nothing wrote")]
    [InlineData("invalid bpf_context access off=256 size=4", "nothing of 4 bytes at offset 256")]
    [InlineData("write into map forbidden, value_size=4 off=0 size=4", "read-only")]
    [InlineData("Unreleased reference id=2 alloc_insn=9", "what instruction 9 acquired")]
    [InlineData("value -2147483648 makes pkt pointer be out of bounds", "a pointer to the packet may get out")]
    [InlineData("R4 invalid zero-sized read: u64=[0,4294967295]", "register r4 is used as a size and may be 0")]
    [InlineData("bpf_spin_unlock is missing", "bpf_spin is not left on every path")]
    [InlineData("BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region", "bpf_rcu_read_lock is not left")]
    [InlineData("helper call might sleep in a non-sleepable prog", "ends in .s")]
    [InlineData("metadata kfuncs require device-bound program", "set the program's Device")]
    [InlineData("calling kernel function bpf_sock_destroy is not allowed", "bpf_sock_destroy cannot be called")]
    [InlineData("calling invalid kernel function", "declare it weak")]
    [InlineData("R1 pointer arithmetic with *= operator prohibited", "register r1 is a pointer")]
    [InlineData("R1 type=ctx expected=map_ptr", "register r1 holds the program's context, where the called function wants map_ptr")]
    [InlineData("R3 invalid mem access 'scalar'", "plain number")]
    [InlineData("number of funcs in func_info doesn't match number of subprogs", "Linux 5.13")]
    [InlineData("BPF_STX uses reserved fields", "-mcpu=v2")]
    [InlineData("unknown opcode 06", "-mcpu=v2")]
    [InlineData("missing btf func_info", "-g")]
    [InlineData("the kernel found words that nobody has heard before.", "the verifier says: the kernel found words that nobody has heard before")]
    public void Common_complaints_get_a_sentence_that_helps(string complaint, string expected)
    {
        string? sentence = VerifierComplaints.Explain(complaint.Split('\n'), new RefusedProgram("BPF_PROG_TYPE_XDP", "Proprietary", IsExit: false));

        Assert.Contains(expected, sentence, StringComparison.Ordinal);
        Assert.False(sentence!.EndsWith('.'));
    }

    [Fact]
    public void A_return_without_a_value_is_told_from_an_uninitialised_register()
    {
        Assert.Contains("without a return value", VerifierComplaints.Explain(["R0 !read_ok"], new RefusedProgram("", "", IsExit: true)), StringComparison.Ordinal);
        Assert.DoesNotContain("without a return value", VerifierComplaints.Explain(["R0 !read_ok"], new RefusedProgram("", "", IsExit: false)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_licence_is_said_to_be_missing()
    {
        Assert.Contains("not declared", VerifierComplaints.Explain(["cannot call GPL-restricted function from non-GPL compatible program"], new RefusedProgram("", "", false)), StringComparison.Ordinal);
    }
}
