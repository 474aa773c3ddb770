// Draws the plots that stand in the page as JSON, and prints. Nothing is fetched.
(function () {
  "use strict";
  var config = {
    displaylogo: false, responsive: true, showLink: false, plotlyServerURL: "", sendData: false,
    showEditInChartStudio: false,
    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]]
  };
  document.querySelectorAll("script.figure").forEach(function (source) {
    var figure = JSON.parse(source.textContent);
    figure.layout.autosize = true;
    Plotly.newPlot(source.dataset.plot, figure.data, figure.layout, config);
  });
  document.getElementById("print").addEventListener("click", function () { window.print(); });
  document.documentElement.dataset.drawn = "yes";
})();
