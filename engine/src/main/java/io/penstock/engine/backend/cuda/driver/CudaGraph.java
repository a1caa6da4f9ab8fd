package io.penstock.engine.backend.cuda.driver;

import jcuda.driver.CUgraph;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/** Recorded work that one call replays: 1 us a kernel instead of the cost of its launch. */
public final class CudaGraph extends DeviceResource {
  private final Handles.OfGraph graph;

  private CudaGraph(CudaDevice device, Handles.OfGraph graph) {
    super(device);
    this.graph = graph;
  }

  /**
   * Records what {@code body} queues on {@code stream}, without running it. Only this thread is
   * forbidden to allocate or to synchronize meanwhile. A body that fails leaves the stream usable.
   */
  public static CudaGraph capture(CudaStream stream, Runnable body) {
    CudaDevice device = stream.device();
    device.makeCurrent();
    Status.check(
        JCudaDriver.cuStreamBeginCapture(
            stream.jcuda(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
        "cuStreamBeginCapture");
    CUgraph recorded = new CUgraph();
    boolean complete = false;
    int ended;
    try {
      body.run();
      complete = true;
    } finally {
      ended = JCudaDriver.cuStreamEndCapture(stream.jcuda(), recorded);
      if (!complete && ended == Status.SUCCESS) {
        JCudaDriver.cuGraphDestroy(recorded);
      }
    }
    Status.check(ended, "cuStreamEndCapture");
    CudaGraph graph = new CudaGraph(device, instantiate(recorded));
    device.own(graph);
    // Sent to the GPU now, so that the first launch costs what the others do.
    Status.check(JCudaDriver.cuGraphUpload(graph.graph, stream.jcuda()), "cuGraphUpload");
    return graph;
  }

  private static Handles.OfGraph instantiate(CUgraph recorded) {
    Handles.OfGraph graph = new Handles.OfGraph();
    int code = JCudaDriver.cuGraphInstantiate(graph, recorded, 0);
    JCudaDriver.cuGraphDestroy(recorded);
    Status.check(code, "cuGraphInstantiate");
    return graph;
  }

  /** Queues the recorded work; a graph does not run beside itself. */
  public void launch(CudaStream stream) {
    Status.check(HotCalls.launchGraph(graph.address(), stream.handle()), "cuGraphLaunch");
  }

  @Override
  void release() {
    Status.check(JCudaDriver.cuGraphExecDestroy(graph), "cuGraphExecDestroy");
  }
}
