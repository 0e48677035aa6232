using System.Runtime.CompilerServices;

// Every P/Invoke of this library is blittable; this lets the JIT call them without a marshalling stub.
[assembly: DisableRuntimeMarshalling]
